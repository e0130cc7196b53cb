// A server of somebody's, as a process: tracks events, prints their ids, and closes its client when it is told to stop.
//
//   node api_app.mjs HOST KEY COUNT
import { ApiClient } from "./api_client.mjs";

const [host, apiKey, count] = process.argv.slice(2);
const client = new ApiClient({ host, apiKey, haste: 20 });
const ids = Array.from({ length: Number(count) }, (_, n) => client.track({ userId: `app_user_${n % 7}`, event: "served", properties: { n } }));
process.once("SIGTERM", async () => {
  await client.close();
  process.exit(client.dropped.length === 0 ? 0 : 1);
});
setInterval(() => {}, 1000);
process.stdout.write(`${JSON.stringify(ids)}\n`);
