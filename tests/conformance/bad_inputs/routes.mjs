// The routes that read.
import { sendRaw } from "../../lib/raw_http.mjs";

/** Every route that answers from stored data; `{project}` and `{session}` are filled in. */
export const READ_ROUTES = [
  "/api/projects/{project}/heatmap",
  "/api/projects/{project}/events",
  "/api/projects/{project}/sessions",
  "/api/sessions/{session}",
  "/api/metrics",
  "/api/v1/status",
  "/api/v1/projects",
  "/api/v1/projects/{project}/totals",
  "/api/v1/projects/{project}/events",
  "/api/v1/projects/{project}/sessions",
  "/api/v1/projects/{project}/sessions/{session}",
  "/api/v1/projects/{project}/sessions/{session}/timeline",
];

/** The pages for people. */
export const PAGES = ["/"];

/** The route with the ids in place, percent-encoded. */
export const fillRoute = (route, { project = "", session = "" }) =>
  route.replace("{project}", encodeURIComponent(project)).replace("{session}", encodeSegment(session));

/** Reads one route; `token` goes into the Authorization header. */
export const read = (hearth, target, token) =>
  sendRaw({ port: hearth.port, target, headers: [["Accept", "application/json"], ...(token ? [["Authorization", `Bearer ${token}`]] : [])] });

/** encodeURIComponent refuses lone surrogates; the server stores them as U+FFFD. */
const encodeSegment = (text) => encodeURIComponent(text.toWellFormed());
