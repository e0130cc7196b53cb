import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort } from "../lib/port.mjs";
import { startServer } from "./servers.mjs";

/** Bodies that the upstream serves: the path is the name, the value its size in bytes. */
export const BODIES = { "1KiB": 1024, "64KiB": 65_536 };

/** Starts the app of the benchmark: nginx with the bodies as files that stay open and in memory. */
export async function startUpstream({ work }) {
  const folder = join(work, "bodies");
  mkdirSync(folder);
  for (const [name, bytes] of Object.entries(BODIES)) writeFileSync(join(folder, name), "x".repeat(bytes));
  return startNginx(work, "upstream", (port) => `
    access_log off;
    open_file_cache max=10;
    sendfile on;
    server { listen 127.0.0.1:${port}; root ${folder}; }`);
}

/**
 * Starts nginx as a proxy set up to be fast: connections to the upstream kept, bodies held in memory, the access log
 * written through a buffer.
 */
export async function startNginxProxy({ work }, upstream) {
  return startNginx(work, "nginx", (port) => `
    access_log ${join(work, "nginx-access.log")} combined buffer=64k flush=1s;
    upstream app { server 127.0.0.1:${upstream.port}; keepalive 128; keepalive_requests 1000000000; }
    server {
      listen 127.0.0.1:${port};
      location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_set_header Host $http_host;
        proxy_set_header X-Forwarded-For $remote_addr;
        proxy_buffers 16 16k;
        proxy_max_temp_file_size 0;
      }
    }`);
}

async function startNginx(work, name, http) {
  const port = await freePort();
  const folder = join(work, `${name}-files`);
  mkdirSync(folder);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"];
  // The workers of a root master would otherwise be somebody who may not enter the working directory.
  const user = process.getuid() === 0 ? "user root;" : "";
  writeFileSync(join(folder, "nginx.conf"), `
    ${user}
    daemon off;
    worker_processes auto;
    pid ${folder}/pid;
    error_log stderr warn;
    events { worker_connections 4096; }
    http {
    ${temporary.map((kind) => `${kind}_temp_path ${folder}/${kind};`).join(" ")}
    keepalive_requests 1000000000;
    keepalive_timeout 3600s;
    tcp_nodelay on;
    ${http(port)}
    }`);
  const command = ["nginx", "-e", "stderr", "-p", folder, "-c", join(folder, "nginx.conf")];
  return startServer(command, { port, database: join(work, name), environment: {}, work, readyPath: "/1KiB" });
}
