/** Where this runs: Node, Deno, Bun, the edge, or a browser, where no key may be. */
const here = globalThis;
/** Tell whether this is a page of a browser, or a worker of one: everybody who opens it could read the key. */
export function isBrowser() {
    const worker = here.DedicatedWorkerGlobalScope ?? here.SharedWorkerGlobalScope;
    return here.document !== undefined || (typeof worker === "function" && globalThis instanceof worker);
}
/** Return an environment variable; undefined where there is none, or none may be read. */
export function variable(name) {
    try {
        return here.process?.env?.[name] ?? here.Deno?.env.get(name);
    }
    catch {
        return undefined; // Deno asks for leave, and did not get it
    }
}
/** Return a text that no other call has. Node 18 has no global `crypto`; nothing is guarded by it. */
export function unique() {
    const random = () => Math.random().toString(36).slice(2);
    return here.crypto?.randomUUID?.() ?? `${Date.now().toString(36)}-${random()}${random()}`;
}
