"""`pingpilot completion`: what a shell needs to complete the commands and their options."""

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_PINGPILOT_COMPLETE"
"""By which the shell asks this program; click's rule."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the script that lets SHELL complete this command.

    bash: eval "$(pingpilot completion bash)" in ~/.bashrc; zsh: the same with zsh in ~/.zshrc; fish: pingpilot
    completion fish > ~/.config/fish/completions/pingpilot.fish
    """
    found = get_completion_class(shell)
    if found is None:  # click knows all three
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(found(context.find_root().command, {}, "pingpilot", VARIABLE).source())
