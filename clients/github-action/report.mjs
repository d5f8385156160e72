/** What the action does: reads its inputs from the environment, and reports. */

import { appendFileSync } from "node:fs";

import { PingPilot } from "../typescript/lib/index.js";

const SEVERITIES = { success: "success", failure: "critical", cancelled: "warning" };
const ENDINGS = { success: "succeeded", failure: "failed", cancelled: "was cancelled" };
const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?$/;
const DESCRIPTION_MAX = 4_000;

const { env } = process;
const input = (name) => env[`REPORT_${name}`]?.trim() || undefined;
const isOn = (name) => input(name)?.toLowerCase() === "true";

function event(status) {
  const run = `${env.GITHUB_SERVER_URL}/${env.GITHUB_REPOSITORY}/actions/runs/${env.GITHUB_RUN_ID}`;
  const ending = ENDINGS[status] ?? status;
  const usual = `${env.GITHUB_WORKFLOW} #${env.GITHUB_RUN_NUMBER} on ${env.GITHUB_REF_NAME} ${ending}`;
  return {
    category: input("CATEGORY") ?? "ci",
    description: cut(input("DESCRIPTION") ?? usual),
    severity: input("SEVERITY") ?? SEVERITIES[status] ?? "info",
    fields: { ...own(status), ...given(input("FIELDS") ?? "") },
    url: input("LINK") ?? (env.GITHUB_RUN_ID ? run : undefined),
    dedupeKey: input("DEDUPE_KEY"),
  };
}

function own(status) {
  const found = {
    repository: env.GITHUB_REPOSITORY,
    workflow: env.GITHUB_WORKFLOW,
    job: env.GITHUB_JOB,
    ref: env.GITHUB_REF_NAME,
    commit: env.GITHUB_SHA?.slice(0, 12),
    actor: env.GITHUB_ACTOR,
    status,
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value));
}

function given(text) {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  return Object.fromEntries(lines.map(field));
}

function field(line) {
  const at = line.indexOf("=");
  const name = line.slice(0, at).trim();
  if (at < 1 || !name) throw new Error(`fields: "${line.trim()}" is not NAME=VALUE`);
  const value = line.slice(at + 1).trim();
  if (value === "true" || value === "false") return [name, value === "true"];
  // 99.90 as a number would become 99.9, and a long one lose digits: those stay text
  return [name, NUMBER.test(value) && String(Number(value)) === value ? Number(value) : value];
}

function cut(text) {
  const signs = [...text];
  return signs.length <= DESCRIPTION_MAX ? text : `${signs.slice(0, DESCRIPTION_MAX - 1).join("")}…`;
}

/** Write an annotation. Source: GitHub's workflow commands; what would end one is escaped. */
function annotate(kind, text) {
  const escaped = text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
  console.log(`::${kind} title=PingPilot::${escaped}`);
}

function output(eventId) {
  if (env.GITHUB_OUTPUT && /^[\w-]+$/.test(eventId)) appendFileSync(env.GITHUB_OUTPUT, `event-id=${eventId}\n`);
}

try {
  const status = input("STATUS") ?? "success";
  if (isOn("ONLY_FAILURES") && status === "success") {
    console.log("Nothing to report: the status is success.");
  } else {
    const wait = input("WAIT");
    const accepted = await new PingPilot().send(event(status), { waitSeconds: wait === undefined ? wait : Number(wait) });
    console.log(["Reported", accepted.eventId, accepted.status, accepted.hint].filter(Boolean).join(" · "));
    output(accepted.eventId);
  }
} catch (error) {
  annotate(isOn("REQUIRED") ? "error" : "warning", `Not reported: ${error.message}`);
  process.exitCode = isOn("REQUIRED") ? 1 : 0;
}
