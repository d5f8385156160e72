"""PingPilot: an event goes in, a message comes out.

The path of one event, as the tree shows it::

    POST /api/v1/event
      ingest/door          read the request, answer in SPEC's words
      ingest/express       the usual call, straight; the door has all others
      ingest/gate          who calls, and whether the key may
      ingest/authenticate  bearer key -> workspace, from memory
      ingest/single        check, commit, answer in the contract's order
      ingest/payload       bytes -> NewEvent, or every issue
      ingest/accept        quota, routing, event and deliveries in one unit
      store/writer         many units, one commit, then the answers
      queue/broker         the ids of what was committed, handed over
      deliver/worker       receive, attempt, settle; bounded
      deliver/attempt      load, unseal, render, converse
      channels/<kind>      speak the provider's language, return an outcome
      deliver/settle       outcome -> next state, next try, destination health
"""

__version__ = "0.1.0"
