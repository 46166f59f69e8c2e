"""What a new user does in a browser after two runs; run with ``make test-browser``."""

from __future__ import annotations

import json
import re

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def see(page, *texts):
    """Wait until each text stands on the page, where a person would read it."""
    from playwright.sync_api import expect

    for text in texts:
        expect(page.get_by_text(text).filter(visible=True).first).to_be_visible()


def of(name, run_id):
    """The whole name of a candidate of a run in MLflow's table."""
    return re.compile(f"^{name} · {run_id[:4]}$")


def open_winner(page, shop):
    """The page of the best candidate of the newest run, by a click in the table."""
    page.goto(shop.pages["tickets, table"])
    page.get_by_role("link", name=of("attributes", shop.runs[-1])).first.click()
    see(page, "Registered prompts")


def test_the_table_names_the_candidates_with_scores_and_costs(page, shop, shoot):
    page.goto(shop.pages["tickets, table"])
    see(page, "Candidates: score, cost, rows", "4 matching runs")
    for column in ("f1", "f1_low", "f1_high", "cost_usd", "usd_per_1k", "rows"):
        see(page, re.compile(f"^{column}$"))
    for name in ("attributes", "direct"):
        for run_id in shop.runs:  # of which run a candidate is stands in its name
            assert page.get_by_role("link", name=of(name, run_id)).count() == 1
    shoot("candidates")


def test_the_charts_draw_a_bar_or_a_dot_for_each_candidate(page, shop, shoot):
    page.goto(shop.pages["tickets, charts"])
    see(page, "Score and cost", "Learning curves", "Classes and parameters")
    see(page, "tokens_out vs. f1", "seconds vs. f1")  # the LM is free: cost would be a line
    page.locator(".barlayer .point").nth(3).wait_for()
    page.locator(".scatterlayer .point").nth(3).wait_for()
    shoot("charts")


def test_the_table_of_runs_names_winners_and_their_test_score(page, shop, shoot):
    page.goto(shop.pages["tickets, runs"])
    see(page, "Runs: winner, test, money", "2 matching runs", "test_f1", "attributes")
    assert page.get_by_role("link", name="tickets", exact=True).count() >= 2
    shoot("runs")


def test_a_runs_page_says_the_result_in_words(page, shop, shoot):
    page.goto(shop.pages["tickets, runs"])
    page.get_by_role("row").get_by_role("link", name="tickets", exact=True).first.click()
    see(page, "attributes wins:", "How to read the table")
    page.get_by_text("Show more").first.click()
    see(page, "What else was found", "all seed rows")
    shoot("run")


def test_the_winning_prompt_is_two_clicks_away(page, shop, shoot):
    open_winner(page, shop)
    see(page, "synthetic rows", "the classifier reaches macro-F1")
    shoot("winner")
    page.get_by_role("link", name="tickets.Attributes.row").first.click()
    see(page, "Viewing version 1", "Write a {{document}} about {{topic}}.", "parcel courier late")
    see(page, "winner", "attributes, as the config has it.")
    shoot("prompt")


def test_a_trace_shows_a_call_with_its_prompt_and_its_answer(page, shop, shoot):
    open_winner(page, shop)
    page.get_by_role("tab", name="Traces").click()
    page.get_by_text('"class": "refund"').first.click()
    see(page, "Inputs / Outputs", "curation", "kept")
    page.get_by_text("fake/words").filter(visible=True).last.click()
    see(page, re.compile("Write a support message about .+"))
    shoot("trace")


def test_two_ticked_candidates_are_compared_side_by_side(page, shop, shoot):
    page.goto(shop.pages["tickets, table"])
    see(page, "4 matching runs")
    page.get_by_role("checkbox", name="toggle row selection").nth(0).click()
    page.get_by_role("checkbox", name="toggle row selection").nth(3).click()
    page.get_by_role("button", name="Compare", exact=True).click()
    see(page, "Comparing 2 Runs from 1 Experiment", "Parallel Coordinates Plot", "Run details")
    see(page, "generator", "with.axes.topic.delivery")
    shoot("compare")


def test_the_report_opens_without_a_network(page, shop, shoot):
    shop.synthlab("report", "tickets", "-o", "report.html")
    page.context.set_offline(True)
    page.goto((shop.folder / "report.html").as_uri())
    see(page, "What are the rows worth on sealed real data?", "Leaderboard", "Protocol")
    see(page, re.compile("attributes (leads|beats)"), "Write a {document} about {topic}.")
    shoot("report")


def test_promoted_generated_from_and_rolled_back_as_the_models_page_shows(page, shop, shoot):
    first, second = shop.runs
    assert "version 1" in shop.synthlab("promote", "tickets", "--run", first)
    page.goto(f"{shop.base}/#/models/tickets")
    see(page, "Version 1", "verdict", "passed")
    points(page, "champion", 1)
    shoot("model")
    shop.synthlab("generate", "tickets@champion", "-n", "6", "-o", "rows", "--format", "jsonl")
    card = (shop.folder / "rows" / "README.md").read_text(encoding="utf-8")
    assert "tickets@champion" in card
    shards = (shop.folder / "rows" / "data").glob("*.jsonl")
    rows = [json.loads(line) for shard in shards for line in shard.open(encoding="utf-8")]
    assert sorted(row["label"] for row in rows) == sorted(["account", "delivery", "refund"] * 2)

    assert "not promoted" in shop.synthlab("promote", "tickets", "--run", second, code=1)
    shop.synthlab("promote", "tickets", "--run", second, "--force", "shorter rows are wanted")
    page.reload()
    see(page, "Version 2", "forced")
    points(page, "champion", 2)
    points(page, "previous", 1)
    shoot("second")
    page.goto(f"{shop.base}/#/models/tickets/versions/2")
    see(page, "attributes is promoted against the gates", "shorter rows are wanted")
    shoot("version")

    shop.synthlab("promote", "tickets", "--rollback", "--why", "longer ones were better")
    page.goto(f"{shop.base}/#/models/tickets")
    page.reload()
    points(page, "champion", 1)
    points(page, "previous", 2)
    shoot("rolled-back")


def points(page, alias, version):
    """Wait until the models' page shows the alias beside a version."""
    from playwright.sync_api import expect

    link = page.get_by_role("link", name=f"Version {version}", exact=True)
    row = page.get_by_role("row").filter(has=link)
    expect(row.get_by_role("status", name=alias, exact=True)).to_be_visible()
