"""The page that a question's link opens: for whoever has it, once, and nothing happens by looking."""

import pytest
from django.test import Client

from pingpilot.manage import categories, destinations, keys, questions
from pingpilot.manage.audit import NOBODY
from tests.unit.console.shop import text_of


@pytest.fixture
def asked(services, workspace):
    categories.create(services, workspace, categories.Draft("deploys", "#FFEB3B"))
    draft = destinations.Draft("webhook", {"url": "https://hooks.example/in"}, is_verified=True)
    destinations.add(services, workspace, draft)

    def ask(*options, text="Deploy <1.2> now?"):
        wanted = questions.Draft("deploys", text, options)
        question = questions.ask(services, workspace, wanted, keys.primary(workspace), NOBODY)
        return question, questions.link_of(services, question).removeprefix(services.public_url)

    return ask


def test_looking_shows_the_question_and_changes_nothing(asked):
    question, path = asked("Yes", "No")
    for _ in range(3):
        page = Client().get(path)
        assert page.status_code == 200
        assert "no-store" in page["Cache-Control"]
        assert "Deploy &lt;1.2&gt; now?" in text_of(page)
        assert 'value="Yes"' in text_of(page)
    question.refresh_from_db()
    assert question.answered_at is None


def test_a_press_answers_once(asked):
    question, path = asked("Yes", "No")
    assert "Answered" in text_of(Client().post(path, {"answer": "No"}))
    assert "No" in text_of(Client().get(path))
    assert Client().post(path, {"answer": "Yes"}).status_code == 410
    question.refresh_from_db()
    assert question.answer == "No"


def test_the_button_of_a_message_opens_the_page_with_its_answer_first(asked):
    question, path = asked("Yes", "No")
    shown = text_of(Client().get(f"{path}?choice=1"))
    assert "Answer “No”" in shown
    assert shown.index('value="No"') < shown.index('value="Yes"')
    question.refresh_from_db()
    assert question.answered_at is None
    assert "Answered" in text_of(Client().post(f"{path}?choice=1", {"answer": "No"}))


@pytest.mark.parametrize("choice", ["2", "-1", "x", "", "1" * 5_000])
def test_a_choice_that_is_none_shows_all_answers(asked, choice):
    _, path = asked("Yes", "No")
    answer = Client().get(path, {"choice": choice})
    assert (answer.status_code, "Or choose another" in text_of(answer)) == (200, False)


def test_a_text_is_written(asked):
    question, path = asked()
    assert "<textarea" in text_of(Client().get(path))
    wrong = Client().post(path, {"answer": " "})
    assert (wrong.status_code, "Write an answer" in text_of(wrong)) == (422, True)
    Client().post(path, {"answer": "After lunch"})
    question.refresh_from_db()
    assert question.answer == "After lunch"


def test_afterwards_it_is_over(asked, clock):
    _, path = asked("Yes", "No")
    clock.advance(hours=2)
    for answer in (Client().get(path), Client().post(path, {"answer": "Yes"})):
        assert answer.status_code == 410
        assert "This question is over" in text_of(answer)


def test_a_form_of_another_site_answers_nothing(asked):
    question, path = asked("Yes", "No")
    assert Client(enforce_csrf_checks=True).post(path, {"answer": "Yes"}).status_code == 403
    question.refresh_from_db()
    assert question.answered_at is None
