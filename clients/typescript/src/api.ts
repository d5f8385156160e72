/** The shapes of PingPilot's API. Generated from its OpenAPI description by `make docs`; do not edit. */

export interface Accepted {
    message: "Event processed successfully";
    code: "accepted";
    /** Ask for its receipt with GET /api/v1/events/{event_id}. */
    eventId: string;
    /** What to set up so that events reach people; absent when all is well. */
    hint?: string;
    /** Only where the month's quota is used up and the workspace holds what is beyond it: the event is stored and shown, and goes to the channels when the quota allows it. */
    held?: true;
    /** Only of a repeat: the event with the same `dedupe_key` that was delivered within the category's cooldown. This one is stored and counted, and not delivered again. */
    repeatOf?: string;
    /** With `Prefer: wait` alone. */
    status?: "PENDING" | "DELIVERED" | "FAILED";
    /** With `Prefer: wait` alone. */
    deliveries?: Array<Record<string, unknown>>;
}

/** One try of a delivery, and what the provider answered. */
export interface AttemptShown {
    number: number;
    startedAt: string;
    durationMs: number;
    outcome: string;
    code: string;
    detail: string;
}

/** The events of one category. */
export interface CategoryCount {
    category: string;
    events: number;
}

/** Every category, in the order of their making. */
export interface CategoryList {
    categories: Array<CategoryShown>;
}

/** A named kind of event. */
export interface CategoryShown {
    id: string;
    name: string;
    color: string;
    emoji: string;
    isMuted: boolean;
    cooldown: number;
    destinationIds: Array<string> | null;
    createdAt: string;
}

/** What to change of a category; what is left out stays. */
export interface ChangedCategory {
    name?: string;
    color?: string;
    /** Exactly one emoji, or empty for none. */
    emoji?: string;
    isMuted?: boolean;
    /** Seconds in which events with the `dedupe_key` of one delivered before are only counted. */
    cooldown?: number;
    /** Its own destinations; null means all. */
    destinationIds?: Array<string> | null;
}

/** What to change of a destination; what is left out stays. */
export interface ChangedDestination {
    label?: string;
    isEnabled?: boolean;
}

/** The events of one UTC day; days without any are left out. */
export interface DayCount {
    day: string;
    events: number;
}

/** How many deliveries are on their way again; ask once more while ``hasMore``. */
export interface DeadShown {
    replayed: number;
    /** One call sends at most 1,000 deliveries again, the longest dead first. */
    hasMore: boolean;
}

/** What to send again: all that has died since a time, on its way to one destination or to any. */
export interface DeadWanted {
    since: string;
    destinationId?: string | null;
}

/** What becomes of the events of a category that is deleted. */
export interface DeleteQuery {
    /** Keep its events under their old name, or delete them. */
    events?: "keep" | "delete";
}

/** One event on its way to one destination. */
export interface DeliveryShown {
    id: string;
    destinationId: string;
    channel: string;
    label: string;
    address: string;
    state: DeliveryState;
    attempts: Array<AttemptShown>;
    nextAttemptAt: string | null;
    finishedAt: string | null;
    providerId: string;
    mayBeRepeated: boolean;
}

/** Where a delivery is on its way. */
export type DeliveryState = "PENDING" | "SENDING" | "DELIVERED" | "DEAD" | "HELD";

/** Every destination, in the order of their making. */
export interface DestinationList {
    destinations: Array<DestinationShown>;
}

/** A new destination. ``secrets`` are those that were made for it: they are shown this once. */
export interface DestinationMade {
    id: string;
    channel: string;
    label: string;
    /** What may be shown of its settings. */
    address: string;
    status: "active" | "unverified" | "disabled";
    disabledReason: string;
    verifiedAt: string | null;
    lastSuccessAt: string | null;
    lastErrorAt: string | null;
    lastError: string;
    createdAt: string;
    secrets: Record<string, string>;
    proof: ProofShown;
}

/** One configured address on a channel. Its settings are never shown. */
export interface DestinationShown {
    id: string;
    channel: string;
    label: string;
    /** What may be shown of its settings. */
    address: string;
    status: "active" | "unverified" | "disabled";
    disabledReason: string;
    verifiedAt: string | null;
    lastSuccessAt: string | null;
    lastErrorAt: string | null;
    lastError: string;
    createdAt: string;
}

/** A page of events, newest first by when they happened. Only so many events are looked at for a page: with filters it may be short, or empty, and still have a next one. The end is where `nextCursor` is null. */
export interface EventPage {
    events: Array<EventShown>;
    /** Asks for the next page as `cursor`; null at the end, and only there. */
    nextCursor: string | null;
}

/** What may stand behind the ``?`` of a list of events, beside the comparisons of fields. */
export interface EventQuery {
    /** Name of a category. */
    category?: string | null;
    /** What became of the event. */
    status?: EventStatus | null;
    /** How much the event matters. */
    severity?: Severity | null;
    /** Happened at this time or later. */
    from?: string | null;
    /** Happened before this time. */
    to?: string | null;
    /** Whole words that the description or the fields hold, all of them, in any case. */
    q?: string;
    /** `nextCursor` of the page before. */
    cursor?: string | null;
    /** Events on one page. */
    limit?: number;
}

/** One event. ``isTest``: sent by the dashboard or the command line to try a channel. */
export interface EventShown {
    id: string;
    category: string;
    description: string;
    fields: Record<string, string | number | boolean>;
    severity: Severity;
    url: string | null;
    dedupeKey: string | null;
    /** The event that it repeats: it was counted, and not delivered again. */
    repeatOf: string | null;
    status: EventStatus;
    isTest: boolean;
    /** It waits for quota, as its workspace wishes; nothing is sent meanwhile. */
    isHeld: boolean;
    occurredAt: string;
    receivedAt: string;
}

/** What the API says of an event: DELIVERED when every delivery is, FAILED when all are final and one is dead. */
export type EventStatus = "PENDING" | "DELIVERED" | "FAILED";

/** The numbers of one field over the whole range. */
export interface FieldSum {
    name: string;
    /** How many events had a number there. */
    events: number;
    sum: number;
}

/** The keys that work now, the primary one first. */
export interface KeyList {
    keys: Array<KeyShown>;
}

/** A new key: the only answer that holds the key itself. */
export interface KeyMade {
    id: string;
    name: string;
    masked: string;
    isPrimary: boolean;
    scopes: Array<string>;
    categories: Array<string>;
    expiresAt: string | null;
    lastUsedAt: string | null;
    lastUsedNetwork: string;
    createdAt: string;
    key: string;
}

/** An API key, without its secret part. */
export interface KeyShown {
    id: string;
    name: string;
    masked: string;
    isPrimary: boolean;
    scopes: Array<string>;
    categories: Array<string>;
    expiresAt: string | null;
    lastUsedAt: string | null;
    lastUsedNetwork: string;
    createdAt: string;
}

/** A key that somebody found where it should not be. */
export interface Leak {
    key: string;
}

/** A category to be made. */
export interface NewCategory {
    name?: string;
    color?: string;
    /** Exactly one emoji, or empty for none. */
    emoji?: string;
    isMuted?: boolean;
    /** Seconds in which events with the `dedupe_key` of one delivered before are only counted. */
    cooldown?: number;
    /** Its own destinations; null means all. */
    destinationIds?: Array<string> | null;
}

/** A destination to be added: a channel, and the settings that it asks for (see the channels' reference). */
export interface NewDestination {
    channel: string;
    label?: string;
    settings?: Record<string, string>;
}

export interface NewEvent {
    /** One of the workspace's categories, in any case. */
    category: string;
    description?: string;
    /** What is worth knowing; shown in this order, numbers as sent. */
    fields?: Record<string, string | number | boolean>;
    severity?: "info" | "success" | "warning" | "critical";
    /** When it happened: not over 5 minutes ahead, not over 30 days ago. Default: now. */
    timestamp?: string;
    dedupe_key?: string;
    /** Where the title links to. */
    url?: string;
}

/** A key beside the primary one. */
export interface NewKey {
    name: string;
    scopes: Array<"events:write" | "events:read" | "manage">;
    /** `events:write` for these alone; none: all. */
    categories?: Array<string>;
    /** When it stops working; null: never. */
    expiresAt?: string | null;
}

/** What to ask. */
export interface NewQuestion {
    /** The category whose channels get the question. */
    category: string;
    question: string;
    /** The answers to choose from; none: the answer is a text. */
    options?: Array<string>;
    /** In seconds. */
    expiresInS?: number;
}

/** One thing that is wrong with an input. */
export interface Problem {
    code: string;
    path: Array<string | number>;
    message: string;
    [member: string]: unknown;
}

/** How the address is being proved: by an event on its way to it, or by a link that its owner opens. */
export interface ProofShown {
    eventId: string | null;
    link: string | null;
}

/** A question, and its answer once there is one. */
export interface QuestionShown {
    questionId: string;
    category: string;
    question: string;
    options: Array<string>;
    status: QuestionStatus;
    answer: string | null;
    askedAt: string;
    answeredAt: string | null;
    expiresAt: string;
}

/** What has become of a question. */
export type QuestionStatus = "open" | "answered" | "expired";

/** What is used of the plan this month; a limit is null where there is none. The last two members are left out unless events beyond the limit wait, or would. */
export interface Quota {
    plan: string;
    categoriesUsed: number;
    categoriesLimit: number | null;
    eventsUsed: number;
    eventsLimit: number | null;
    resetDate: string;
    /** What becomes of events beyond the limit. */
    overLimit?: "reject" | "hold";
    /** Events that wait for quota. */
    eventsHeld?: number;
}

/** What becomes of events beyond the limit. */
export interface QuotaChoice {
    /** `reject`: they are refused with 429. `hold`: they are stored and shown at once, and sent when the quota allows them. */
    overLimit: "reject" | "hold";
}

/** What became of an event. */
export interface ReceiptShown {
    id: string;
    category: string;
    description: string;
    fields: Record<string, string | number | boolean>;
    severity: Severity;
    url: string | null;
    dedupeKey: string | null;
    /** The event that it repeats: it was counted, and not delivered again. */
    repeatOf: string | null;
    status: EventStatus;
    isTest: boolean;
    /** It waits for quota, as its workspace wishes; nothing is sent meanwhile. */
    isHeld: boolean;
    occurredAt: string;
    receivedAt: string;
    /** How many events repeat it, 10,000 at most. */
    repeats: number;
    deliveries: Array<DeliveryShown>;
}

/** Every refusal: a sentence for people, and a code that never changes. */
export interface Refusal {
    message: string;
    code: string;
    /** Every issue, where the input breaks the rules. */
    errors?: Array<Problem>;
    [member: string]: unknown;
}

/** How long the old key goes on working beside the new one. */
export interface Replacement {
    overlap?: "none" | "1h" | "24h" | "7d";
}

/** How many deliveries are on their way again. */
export interface ReplayShown {
    replayed: number;
}

/** Which deliveries of an event to send again: those to one destination, or all. */
export interface ReplayWanted {
    destinationId?: string | null;
}

export interface Results {
    /** One for each event, in order. */
    results: Array<{
        index: number;
        /** The status that the event alone would have had. */
        status: number;
        /** Ask for its receipt with GET /api/v1/events/{event_id}. */
        eventId?: string;
        /** It waits for quota. */
        held?: true;
        /** It repeats this event, and is not delivered again. */
        repeatOf?: string;
        message?: string;
        code?: string;
    }>;
    hint?: string;
}

/** How long the old secret goes on signing beside the new one. */
export interface Rotation {
    overlap?: "none" | "1h" | "24h" | "7d";
}

/** The new signing secret, shown this once, and until when the old one signs, too. */
export interface SecretMade {
    secret: string;
    oldSecretUntil: string | null;
}

/** Every service. */
export interface ServiceList {
    services: Array<ServiceShown>;
}

/** The secret that a service signs its calls with. */
export interface ServiceSecret {
    /** It is sealed, never shown. */
    secret: string;
}

/** A service whose clients or webhooks may report here. */
export interface ServiceShown {
    service: string;
    label: string;
    /** What to enter there; the key takes the place of `YOUR_API_KEY`. */
    address: string;
    /** What the service calls the secret that it signs with; null: nothing. */
    signsWith: string | null;
    /** Since when only signed calls are taken; null: all are. */
    secretSetAt: string | null;
}

/** How much an event matters. */
export type Severity = "info" | "success" | "warning" | "critical";

/** Which events are counted. */
export interface StatsQuery {
    /** Default: the start of this month (UTC). */
    from?: string | null;
    /** Until before this time. Default: now. */
    to?: string | null;
    /** Count this category alone. */
    category?: string | null;
}

/** Counts and sums over a range of at most 366 days. */
export interface StatsShown {
    from: string;
    to: string;
    events: number;
    byCategory: Array<CategoryCount>;
    byStatus: Record<string, number>;
    byDay: Array<DayCount>;
    fields: Array<FieldSum>;
}

/** The event that was sent; its receipt tells what became of it. */
export interface TestSent {
    eventId: string;
}
