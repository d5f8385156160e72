"""A server takes as many descriptors as it is allowed, and leaves some for itself."""

import resource

from pingpilot.wiring.descriptors import OTHERS, for_clients, most


def test_the_limit_is_raised_to_the_most_that_is_allowed():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(256, soft - 1), hard))
        assert most() == resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= soft
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_clients_do_not_get_all_of_them():
    assert for_clients(20_000) == 20_000 - OTHERS
    assert for_clients(300) == 150
