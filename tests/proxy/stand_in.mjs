// nginx in Hearth's place, configured as a good proxy that neither buffers nor changes anything.
import { spawn } from "node:child_process";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { freePort } from "../lib/port.mjs";
import { killAtExit, makeFolder } from "../lib/scratch.mjs";
import { until } from "../lib/until.mjs";

/** Starts nginx before the port `upstream`, with one timeout for all; the same shape as startProxy, without records. */
export const startNginx = async (upstream, timeout) => {
  const folder = makeFolder("nginx");
  const port = await freePort();
  fs.writeFileSync(path.join(folder, "nginx.conf"), configuration(port, upstream, timeout));
  const log = fs.openSync(path.join(folder, "out.log"), "a");
  const child = killAtExit(spawn("nginx", ["-p", folder, "-c", "nginx.conf", "-e", "error.log"], { stdio: ["ignore", log, log] }));
  fs.closeSync(log);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await until("nginx listens", () => new Promise((resolve, reject) => {
    const probe = net.connect(port, "127.0.0.1", () => { probe.destroy(); resolve(true); });
    probe.once("error", reject);
  }));
  const worker = Number(fs.readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8"));
  return { port, hearth: { pid: worker }, stop: async () => { child.kill("SIGQUIT"); await ended; } };
};

/** One worker, so that its memory is all of it. */
const configuration = (port, upstream, timeout) => `
daemon off;
worker_processes 1;
user root;
pid nginx.pid;
events { worker_connections 2048; }
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  map $http_upgrade $upgrade_or_keep { default upgrade; '' ''; }
  upstream app { server 127.0.0.1:${upstream}; keepalive 64; }
  server {
    listen 127.0.0.1:${port};
    merge_slashes off;
    ignore_invalid_headers off;
    underscores_in_headers on;
    large_client_header_buffers 8 64k;
    client_max_body_size 0;
    client_body_timeout ${timeout};
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Host $http_host;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $upgrade_or_keep;
      proxy_pass_header Server;
      proxy_pass_header Date;
      proxy_request_buffering off;
      proxy_buffering off;
      proxy_buffer_size 128k;
      proxy_buffers 4 128k;
      proxy_busy_buffers_size 128k;
      proxy_connect_timeout ${timeout};
      proxy_read_timeout ${timeout};
      proxy_next_upstream off;
    }
  }
}
`;
