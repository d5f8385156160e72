/** Where this runs: Node, Deno, Bun, the edge, or a browser, where no key may be. */
/** Tell whether this is a page of a browser, or a worker of one: everybody who opens it could read the key. */
export declare function isBrowser(): boolean;
/** Return an environment variable; undefined where there is none, or none may be read. */
export declare function variable(name: string): string | undefined;
/** Return a text that no other call has. Node 18 has no global `crypto`; nothing is guarded by it. */
export declare function unique(): string;
