/** The shapes of PingPilot's API. Generated from its OpenAPI description by `make docs`; do not edit. */
export {};
