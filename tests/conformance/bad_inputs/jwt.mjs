// Surface `jwt`: hostile tokens on a server that demands one.
import { startHearth } from "../../lib/hearth.mjs";
import { stringsIn } from "./hostile_texts.mjs";
import { post } from "./ingest.mjs";
import { HONEST_BATCH, inputBytes } from "./input.mjs";
import { publishedKey, serveKeys, startKeyServer, tokenSettings } from "./key_server.mjs";
import { fillRoute, read } from "./routes.mjs";
import { expect } from "./tally.mjs";
import { mutatedHeaders, signToken } from "./token.mjs";
import { expectHealthy, expectInert, expectNoServerError } from "./watch.mjs";

/** Runs the cases; two keys are published, so that "the only key" is never an answer. */
export const runJwt = async (cases, tally) => {
  const publisher = await startKeyServer(serveKeys(publishedKey("rsa1", "k1"), publishedKey("rsa2", "k2")));
  const hearth = await startHearth(tokenSettings(publisher.url));
  for (const [number, one] of cases.entries()) {
    await tally.run(one.name, async () => {
      const described = JSON.parse(inputBytes(one.input, one.macros).toString("utf8"));
      let mint = 0;
      const another = () => signToken({ ...described, claims: { ...described.claims, jti: String((mint += 1)) } });
      const headers = mutatedHeaders(signToken(described), described.mutate, another);
      const session = `jwt-${number}`;
      const answer = await post(hearth, "jwt", Buffer.from(JSON.stringify({ ...HONEST_BATCH, session: { id: session } })), headers);
      expect(answer.status !== 0, "closed the connection without an answer");
      expectNoServerError(answer);
      expect((one.status ?? [200]).includes(answer.status), `answered ${answer.status} ${answer.text.slice(0, 200)}`);
      if (one.expect === "stored-inert") await expectSubject(hearth, answer.json.projectId, session, described.claims.sub);
      await expectHealthy(hearth);
    });
  }
  await tally.run("jwt: stops in good order afterwards", () => hearth.stop());
  publisher.close();
};

/** The token's subject is the session's user, letter by letter, and comes back as data. */
const expectSubject = async (hearth, project, session, subject) => {
  const target = fillRoute("/api/v1/projects/{project}/sessions/{session}", { project, session });
  const answer = await read(hearth, target);
  expect(answer.status === 200, `GET ${target} answers ${answer.status}`);
  expectInert(answer, `GET ${target}`);
  expect([...stringsIn(answer.json)].includes(subject), `GET ${target} does not show ${JSON.stringify(subject)}`);
};
