// The peer: heat-collector behind Express, as its README starts it. Arguments: port, SQLite file, journal mode.
import { createCollector } from "@m-software-engineering/heat-collector";
import Database from "better-sqlite3";
import express from "express";

const [port, file, journal] = process.argv.slice(2);

if (journal === "wal") {
  // The mode stays with the file, so the collector's own connection has it, too; synchronous is FULL either way.
  const database = new Database(file);
  database.pragma("journal_mode = WAL");
  database.close();
}

const collector = await createCollector({
  db: { dialect: "sqlite", file },
  auth: { mode: "projectKey" },
  autoMigrate: true,
  ingestion: { rateLimit: { windowMs: 10_000, max: 1_000_000_000 } },
  logging: { level: "error" },
});
const app = express();
app.use(collector.router);
const server = app.listen(Number(port), "127.0.0.1");

process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
