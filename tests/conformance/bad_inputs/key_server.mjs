// A local publisher of signing keys whose behaviour a case can change while it runs.
import http from "node:http";
import { listenOnLoopback } from "../../lib/port.mjs";
import { AUDIENCE, ISSUER, keyPair } from "./token.mjs";

/** Starts a publisher that answers with `respond(request, response)`; `hits` counts the requests. */
export const startKeyServer = async (respond) => {
  const server = http.createServer((request, response) => {
    publisher.hits += 1;
    publisher.respond(request, response);
  });
  const publisher = { hits: 0, respond, close: () => { server.close(); server.closeAllConnections(); } };
  publisher.port = await listenOnLoopback(server);
  publisher.url = `http://127.0.0.1:${publisher.port}/jwks.json`;
  return publisher;
};

/** A responder that serves the keys. */
export const serveKeys = (...keys) => (request, response) => {
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify({ keys }));
};

/** An RSA key of ours as published under `kid`. */
export const publishedKey = (name, kid, overrides = {}) => ({ ...keyPair(name).publicJwk, kid, use: "sig", alg: "RS256", ...overrides });

/** Settings of a server that takes tokens whose keys are at `url`, loopback and http included. */
export const tokenSettings = (url, mode = "jwt") => ({
  HEAT__AUTH: mode,
  HEAT__AUTO_CREATE_PROJECTS: true,
  HEAT__OPEN_READS: true,
  HEAT__RATE_LIMIT__MAX: 1_000_000,
  HEAT__RATE_LIMIT__UNKNOWN_KEY_MAX: 1_000_000,
  HEAT__JWT__JWKS_URL: url,
  HEAT__JWT__ISSUER: ISSUER,
  HEAT__JWT__AUDIENCE: AUDIENCE,
  HEAT__JWT__ALLOW_HTTP: true,
  HEAT__JWT__ALLOW_PRIVATE_ADDRESS: true,
});
