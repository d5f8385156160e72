"""`pingpilot mcp`: a running PingPilot as tools for an agent, over the Model Context Protocol on standard streams."""

from importlib import import_module

import click

from pingpilot.cli.calling import caller
from pingpilot.domain.errors import ConfigurationError

LIBRARY, MISSING = "mcp", "The MCP server needs the library mcp. Install it: pip install 'pingpilot[mcp]'."


@click.command()
@click.option("--allow-send", is_flag=True, help="Let the agent report events and ask questions; else it only reads.")
@click.option("--url", help="Where PingPilot runs, instead of PINGPILOT_URL (else http://127.0.0.1:8000).")
@click.option("--key", help="The API key, instead of PINGPILOT_API_KEY.")
def mcp(url: str | None, key: str | None, *, allow_send: bool) -> None:
    """Serve tools to an agent on standard input and output, until it hangs up.

    The tools are list, get and quota; with --allow-send also send, ask and answer. Give the key no more than that:
    events:read, and events:write for the categories that the agent may report to.
    """
    asked = caller(url, key)
    try:
        tools = import_module("pingpilot.cli.mcp_tools")
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != LIBRARY:
            raise
        raise ConfigurationError(MISSING) from error
    tools.server(asked, may_send=allow_send).run("stdio")
