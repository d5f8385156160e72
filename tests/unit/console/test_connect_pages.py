"""Connecting a service: its address, its steps, and the secret that it signs with."""

import pytest
from django.test import Client
from django.urls import reverse

from pingpilot.domain.role import Role
from pingpilot.doors.catalogue import SERVICES
from pingpilot.manage import categories, door_secrets
from tests.unit.console.shop import colleague, text_of


@pytest.fixture
def browser(ada):
    client = Client()
    client.force_login(ada)
    return client


def page_of(browser, name):
    answer = browser.get(reverse("connect-service", args=[name]))
    assert answer.status_code == 200
    return text_of(answer)


def secret_of(services, workspace, name="github"):
    return door_secrets.secret_of(services.box, workspace.pk, name)


@pytest.mark.parametrize("service", SERVICES, ids=lambda one: one.name)
def test_every_service_has_a_page_with_its_address(browser, services, workspace, service):
    page = page_of(browser, service.name)
    assert service.label in text_of(browser.get(reverse("connect")))
    address = service.path.partition("<")[0] or f"/in/{service.name}/YOUR_API_KEY"
    assert services.public_url + address in page
    assert "`" not in page
    assert ("Signed calls only" in page) is (service.is_signed is not None)


def test_the_address_names_a_category_until_there_is_one_of_the_services_name(browser, services, workspace):
    categories.create(services, workspace, categories.Draft("deploys", "#FFEB3B"))
    assert "YOUR_API_KEY?category=deploys" in page_of(browser, "github")
    categories.create(services, workspace, categories.Draft("github", "#FFEB3B"))
    assert "YOUR_API_KEY?category" not in page_of(browser, "github")


def test_a_secret_is_shared_and_given_up(browser, services, workspace):
    answer = browser.post(reverse("connect-share", args=["github"]), {"secret": "s3cret-words"})
    assert answer.status_code == 302
    assert secret_of(services, workspace) == "s3cret-words"
    page = page_of(browser, "github")
    assert "only calls that GitHub has signed are taken" in page
    assert "s3cret-words" not in page
    browser.post(reverse("connect-give-up", args=["github"]))
    assert secret_of(services, workspace) == ""


@pytest.mark.parametrize("secret", ["", "x" * 201])
def test_what_is_no_secret_is_refused_on_the_page(browser, services, workspace, secret):
    answer = browser.post(reverse("connect-share", args=["github"]), {"secret": secret})
    assert answer.status_code == 422
    assert "secret" in text_of(answer)
    assert secret_of(services, workspace) == ""


def test_a_service_that_signs_nothing_takes_no_secret(browser, workspace):
    assert browser.post(reverse("connect-share", args=["grafana"]), {"secret": "x"}).status_code == 404
    assert browser.get(reverse("connect-service", args=["nobody"])).status_code == 404


def test_a_viewer_sees_the_steps_and_no_form(services, workspace):
    viewer = Client()
    viewer.force_login(colleague(services, workspace, Role.VIEWER))
    page = text_of(viewer.get(reverse("connect-service", args=["github"])))
    assert "Set it up" in page
    assert "Take signed calls only" not in page
    assert viewer.post(reverse("connect-share", args=["github"]), {"secret": "x"}).status_code == 403
