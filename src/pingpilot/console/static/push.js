// "Notify this browser": asks for permission, subscribes, and hands the subscription over with the form of the button.

const PATIENCE_MS = 30_000;
const KEYS = ["p256dh", "auth"];

/** What stands in the way, in words for its reader. */
class Refusal extends Error {}

const isApplePhone = /iPhone|iPad/.test(navigator.userAgent) || (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1);

/** Refuse where this browser has no notifications to offer, and say what to do instead. */
function requireSupport() {
  if (!window.isSecureContext) {
    throw new Refusal("Browsers allow notifications only on https:// pages, and on localhost. Open this dashboard over https:// and press again.");
  }
  if ("serviceWorker" in navigator && "PushManager" in window && "Notification" in window) return;
  throw new Refusal(
    isApplePhone
      ? "On an iPhone or iPad, first choose Share, then Add to Home Screen. Open PingPilot from there and press again."
      : "This browser offers no push notifications here. Leave a private window, or use a current Firefox, Chrome, Edge or Safari.",
  );
}

async function requirePermission() {
  const answer = await Notification.requestPermission();
  if (answer === "granted") return;
  throw new Refusal(
    answer === "denied"
      ? "Notifications are blocked for this page. Allow them in the browser’s settings for this site, then press again."
      : "The question was closed without an answer. Press again and choose Allow.",
  );
}

function bytesOf(base64url) {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}

function textOf(buffer) {
  const text = btoa(String.fromCharCode(...new Uint8Array(buffer)));
  return text.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** Subscribe with our key; a subscription made with another one can never be used again. */
async function subscribed(registration, key) {
  const old = await registration.pushManager.getSubscription();
  if (old && textOf(old.options.applicationServerKey) === key) return old;
  await old?.unsubscribe();
  return registration.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytesOf(key) });
}

async function subscription({ worker, key }) {
  await navigator.serviceWorker.register(worker, { scope: "/" });
  const registration = await navigator.serviceWorker.ready;
  try {
    return await subscribed(registration, key);
  } catch (error) {
    throw new Refusal(
      `The browser could not reach its push service (${error.message}). Check the network; in Brave, allow Google’s services for push messaging.`,
    );
  }
}

function inTime(promise) {
  const late = new Refusal("The browser’s push service did not answer within 30 seconds. Check the network and press again.");
  return Promise.race([promise, new Promise((_, reject) => setTimeout(() => reject(late), PATIENCE_MS))]);
}

function named(marks) {
  return marks.find(([mark]) => navigator.userAgent.includes(mark))?.[1];
}

/** What people call this browser, to tell it from their others. */
function browserName() {
  const browser = named([["Edg", "Edge"], ["OPR", "Opera"], ["Firefox", "Firefox"], ["FxiOS", "Firefox"], ["Chrome", "Chrome"], ["CriOS", "Chrome"], ["Safari", "Safari"]]);
  const system = named([["Android", "Android"], ["iPhone", "iPhone"], ["iPad", "iPad"], ["CrOS", "ChromeOS"], ["Windows", "Windows"], ["Macintosh", "Mac"], ["Linux", "Linux"]]);
  return `${browser ?? "Browser"} on ${system ?? "this device"}`;
}

async function notifyHere(form) {
  requireSupport();
  await requirePermission();
  const made = await inTime(subscription(form.dataset));
  form.elements.endpoint.value = made.endpoint;
  for (const name of KEYS) form.elements[name].value = textOf(made.getKey(name));
  form.elements.label.value = browserName();
  form.submit();
}

async function onPress(form) {
  const [button, says] = [form.querySelector("button"), form.querySelector("[role=status]")];
  button.setAttribute("aria-busy", "true");
  says.textContent = "";
  try {
    await notifyHere(form);
  } catch (error) {
    says.textContent = error instanceof Refusal ? error.message : `This did not work: ${error.message}`;
  }
  button.removeAttribute("aria-busy");
}

for (const form of document.querySelectorAll("form[data-push]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onPress(form);
  });
}
