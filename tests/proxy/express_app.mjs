// A small Express app as people write them, with nothing of Hearth in it but the header that tells who the user is.
import fs from "node:fs";
import path from "node:path";
import express from "express";
import { makeFolder } from "../lib/scratch.mjs";

/** How long the slow route takes; the threshold is a second. */
export const SLOW_MS = 1100;

/** Users with an even number are told by a response header, the others by their cookie alone. */
export const isToldByHeader = (user) => user % 2 === 0;

/** Starts the app and resolves to its port. */
export const startExpressApp = () => {
  const app = express();
  app.use((request, response, next) => {
    const user = /(?:^|; )uid=u(\d+)/.exec(request.headers.cookie ?? "")?.[1];
    if (user !== undefined && isToldByHeader(Number(user))) {
      response.set("x-hearth-user-id", `u${user}`);
      response.set("x-hearth-user-name", `User ${user}`);
      response.set("x-hearth-user-email", `user${user}@example.org`);
    }
    next();
  });
  app.use("/static", express.static(staticFiles()));
  app.use(express.json());
  app.get("/", (request, response) => response.send("<h1>Welcome</h1>"));
  app.get("/users/:id", (request, response) => response.json({ id: request.params.id }));
  app.get("/users/:id/orders/:order", (request, response) => response.json(request.params));
  app.get("/shop/:category/:item", (request, response) => response.json(request.params));
  app.get("/search", (request, response) => response.json({ q: request.query.q }));
  app.post("/orders", (request, response) => response.status(201).location("/orders/1").json(request.body));
  app.delete("/orders/:order", (request, response) => response.status(204).end());
  app.get("/old", (request, response) => response.redirect("/users/1"));
  app.get("/private", (request, response) => response.status(401).send("who are you?"));
  // An app may name its routes itself.
  app.get("/reports/:name", (request, response) => response.set("x-hearth-route", "/reports/:name").json(request.params));
  app.get("/slow", (request, response) => { setTimeout(() => response.send("at last"), SLOW_MS); });
  app.get("/boom", () => { throw new Error("as planned"); });
  app.use((error, request, response, next) => {
    if (response.headersSent) return next(error);
    response.status(500).json({ error: error.message });
  });
  return new Promise((resolve) => {
    const server = app.listen(0, "127.0.0.1", () => resolve(server.address().port));
  });
};

const staticFiles = () => {
  const folder = makeFolder("static");
  fs.writeFileSync(path.join(folder, "app.css"), "body { color: black }");
  fs.writeFileSync(path.join(folder, "app.js"), "console.log('hello')");
  return folder;
};
