// Passkeys: between a form, the server's options for the browser, and what the browser answers.
// A form with data-passkey="get" or "create" sends the answer in its field `credential`. Its options stand in
// data-options, or come from the address in data-options-from.

const WORDS = {
  NotAllowedError: "No passkey was used. Try again.",
  AbortError: "No passkey was used. Try again.",
  InvalidStateError: "This device has a passkey for your account already.",
  NotSupportedError: "This device cannot make a passkey. Try another one.",
  SecurityError: "Passkeys work only at this service's own address.",
};
const UNKNOWN = "That did not work. Reload the page and try again.";
const MISSING = "This browser knows no passkeys.";

/* ---- bytes as text and back ------------------------------------------------------------------------------------ */

function bytesOf(text) {
  const binary = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(binary, (char) => char.charCodeAt(0));
}

function textOf(buffer) {
  const binary = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

const known = (list = []) => list.map((credential) => ({ ...credential, id: bytesOf(credential.id) }));

/* ---- asking the browser ---------------------------------------------------------------------------------------- */

/** Passkeys are kept on the device, under an account's name, and open with its lock: so they can stand in for a password. */
function creation({ publicKey }) {
  return {
    ...publicKey,
    challenge: bytesOf(publicKey.challenge),
    user: { ...publicKey.user, id: bytesOf(publicKey.user.id) },
    excludeCredentials: known(publicKey.excludeCredentials),
    authenticatorSelection: { residentKey: "required", requireResidentKey: true, userVerification: "required" },
  };
}

function request({ publicKey }) {
  return { ...publicKey, challenge: bytesOf(publicKey.challenge), allowCredentials: known(publicKey.allowCredentials) };
}

const PARTS = ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"];

function answer(credential) {
  const response = {};
  for (const part of PARTS) {
    if (credential.response[part]) response[part] = textOf(credential.response[part]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return {
    id: credential.id,
    rawId: textOf(credential.rawId),
    type: credential.type,
    authenticatorAttachment: credential.authenticatorAttachment,
    clientExtensionResults: credential.getClientExtensionResults(),
    response,
  };
}

async function optionsOf(form) {
  if (form.dataset.options) return JSON.parse(form.dataset.options);
  const given = await fetch(form.dataset.optionsFrom, { headers: { Accept: "application/json" } });
  if (!given.ok) throw new Error(given.statusText);
  return (await given.json()).request_options;
}

async function credentialFor(form) {
  const options = await optionsOf(form);
  return form.dataset.passkey === "create"
    ? navigator.credentials.create({ publicKey: creation(options) })
    : navigator.credentials.get({ publicKey: request(options) });
}

/* ---- forms ----------------------------------------------------------------------------------------------------- */

function say(form, sentence) {
  const place = form.querySelector("[data-passkey-error]");
  place.textContent = sentence;
  place.hidden = !sentence;
}

async function send(form) {
  const button = form.querySelector("[type=submit]");
  say(form, window.PublicKeyCredential ? "" : MISSING);
  if (!window.PublicKeyCredential) return;
  button.setAttribute("aria-busy", "true");
  try {
    form.elements.credential.value = JSON.stringify(answer(await credentialFor(form)));
    form.submit();
  } catch (error) {
    button.removeAttribute("aria-busy");
    say(form, WORDS[error.name] ?? UNKNOWN);
  }
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-passkey]")) return;
  event.preventDefault();
  if (!form.querySelector("[aria-busy]")) send(form);
});
