"""``gomend slo gate``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from gomend.apps.cli import base, options
from gomend.apps.cli.base import option
from gomend.model.text import text

if TYPE_CHECKING:
    from gomend.slo.overrides import Override

SUMMARY = text("slocli.gate", "Hold all objectives of slo.yaml against their live sources: exit 0 only if every one is kept.")
CONFIG = text("slocli.opt.config", "slo.yaml, or a file for OpenSLO, Sloth, Pyrra or Keptn.")
PROMETHEUS = text(
    "slocli.opt.prometheus", "Address of a Prometheus, Thanos, Mimir or VictoriaMetrics for queries that name no source."
)
_DEPLOY = text("slocli.opt.deploy", "When the release went live (seconds since 1970 or ISO 8601); only later periods count.")
_MARK = text("slocli.opt.deploy-query", "PromQL that answers that moment, in seconds since 1970.")
AT = text("slocli.opt.at", "Judge as of this moment, on recorded data.")
SLO = text("slocli.opt.slo", "Only this objective; may be repeated.")
_OVERRIDES = text("slocli.opt.overrides", "File of overrides; an entry counts only in a signed commit, until it expires.")
_SIGNERS = text(
    "slocli.opt.signers", "Allowed signers of SSH signatures, as ssh-keygen reads them (default: git's own setting)."
)
_WAIT = text(
    "slocli.opt.wait", "Judge again for so long (10m), until enough periods after the deploy can be judged or one blocks."
)
_REPORT = text("slocli.opt.report", "Write a page for the war room (HTML and Markdown) into this folder when something blocks.")
_POST = text(
    "slocli.opt.post",
    "Post it to a chat too, once per incident; the address is in GOMEND_SLO_WEBHOOK, a signing secret in GOMEND_SLO_WEBHOOK_SECRET.",
)
_INCIDENTS = text(
    "slocli.opt.incidents",
    "With --report: a folder of traces, logs and metrics (as for incidents rank), to say what broke at that time.",
)
_NO_REPORT = text("slocli.post.no-report", "--post needs --report DIR: what was posted is remembered there")
FORMAT = text("slocli.opt.format", "Form of the answer.")


@click.command(name="gate", cls=base.Part, summary=SUMMARY)
@option("--config", required=True, metavar="FILE", help=CONFIG)
@option("--prometheus", metavar="URL", help=PROMETHEUS)
@option("--deploy", metavar="TIME", help=_DEPLOY)
@option("--deploy-query", metavar="PROMQL", help=_MARK)
@option("--at", metavar="TIME", help=AT)
@option("--wait", metavar="TIME", help=_WAIT)
@option("--slo", multiple=True, metavar="NAME", help=SLO)
@option("--overrides", metavar="FILE", help=_OVERRIDES)
@option("--signers", metavar="FILE", help=_SIGNERS)
@option("--report", metavar="DIR", help=_REPORT)
@option("--incidents", metavar="DIR", help=_INCIDENTS)
@option("--post", type=click.Choice(("slack", "feishu", "dingtalk", "wecom", "teams")), help=_POST)
@option("--format", "form", type=click.Choice(("text", "json")), default="text", help=FORMAT)
@options.lang
def command(
    config: str,
    prometheus: str | None,
    deploy: str | None,
    deploy_query: str | None,
    at: str | None,
    wait: str | None,
    slo: tuple[str, ...],
    overrides: str | None,
    signers: str | None,
    report: str | None,
    incidents: str | None,
    post: str | None,
    form: str,
) -> int:
    """See SUMMARY."""
    from gomend.apps.slo import gateshapes, gating, judging

    if post is not None and report is None:
        raise base.Problem(_NO_REPORT)
    made = gating.config(config)
    ask = gating.asker(made, config, prometheus, gating.moment("--at", at))
    objectives = gating.chosen(made, slo)
    marker = gating.moment("--deploy", deploy)
    if deploy_query is not None:
        marker = gating.marked(deploy_query, ask, objectives)
    patience = gating.span("--wait", wait)
    found = gating.run_until(objectives, ask, marker, patience) if patience else gating.run(objectives, ask, marker)
    let: dict[str, Override] = {}
    if overrides is not None:
        from gomend.apps.slo import overriding

        let = overriding.honoured(overrides, signers, found)
    for line in made.notes:
        base.note(base.translator()(line))
    say = base.translator()
    if form == "json":
        import msgspec

        click.echo(msgspec.json.encode(gateshapes.shape(found, let, marker, say)))
    else:
        click.echo(gateshapes.told(found, let, say), nl=False)
    if report is not None and gateshapes.verdict(found, let) == "block":
        from gomend.apps.slo import convening

        convening.convene([a for a in found if a.objective.name not in let], made, ask, marker, report, post, incidents)
    return judging.EXITS[gateshapes.verdict(found, let)]
