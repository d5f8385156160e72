"""A FastAPI service that reports its sales: with the asynchronous client where the answer matters, else beside it.

PINGPILOT_API_KEY=pp_… uvicorn fastapi_shop:app
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from pingpilot_client import AsyncClient, Background


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncClient() as pings:
        app.state.pings = pings
        app.state.background = Background()
        yield
        app.state.background.close()


app = FastAPI(lifespan=lifespan)


@app.post("/buy")
async def buy(amount: float) -> dict[str, str]:
    """Sell something, and answer once the sale is stored with PingPilot, too."""
    accepted = await app.state.pings.send("sale", "Someone bought PRO", fields={"amount": amount})
    return {"event": accepted.event_id}


@app.post("/visit")
async def visit(page: str) -> dict[str, bool]:
    """Count a visit, and let nobody wait for that."""
    return {"taken": app.state.background.send("visit", fields={"page": page})}
