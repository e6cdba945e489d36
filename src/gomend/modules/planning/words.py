"""What is said of each setting: why it is there and what it decides. Section names are those of the Go Modules Reference."""

from __future__ import annotations

from typing import Final

from gomend.model.text import text

PROXY_ANY: Final = text(
    "modules.plan.proxy-any",
    "Modules are asked of these servers in this order. `|`: after any error the next one is asked, which is safe because"
    " what comes is checked by its sum.",
)
PROXY_ANY_UNCHECKED: Final = text(
    "modules.plan.proxy-any-unchecked",
    "Modules are asked of these servers in this order. `|`: after any error the next one is asked.",
)
PROXY_ONE: Final = text("modules.plan.proxy-one", "Modules are asked of this server.")
PROXY_MISSING: Final = text(
    "modules.plan.proxy-missing",
    "Modules are asked of these servers in this order. `,`: the next one is asked only for what the one before does not have (404 or 410).",
)
PROXY_GATE: Final = text("modules.plan.proxy-gate", "The refusal of {server} is final, so nothing is asked after it.")
PROXY_TRUSTED: Final = text(
    "modules.plan.proxy-trusted",
    "Private modules come through this list too, so only servers of the company stand in it: a 404 would send a private path on to the next server.",
)
PROXY_BUNDLE: Final = text("modules.plan.proxy-bundle", "The folder {folder} is read first; it needs no network.")
PROXY_DIRECT: Final = text(
    "modules.plan.proxy-direct",
    "`,direct`: what no server has comes from its own host; other errors do not send every fetch there.",
)
PROXY_DIRECT_ANY: Final = text("modules.plan.proxy-direct-any", "`|direct`: after any error a module comes from its own host.")
PROXY_ENDS: Final = text(
    "modules.plan.proxy-ends", "There is no `direct` at the end: public modules never come from their own hosts."
)
PRIVATE: Final = text(
    "modules.plan.goprivate",
    "These paths go to no proxy and no checksum database: GOPRIVATE is the default of GONOPROXY and GONOSUMDB.",
)
NOPROXY: Final = text(
    "modules.plan.gonoproxy",
    "Only these private paths go around the proxies; the others come through the company's own. GOPRIVATE would send them all around.",
)
NOSUMDB: Final = text(
    "modules.plan.gonosumdb",
    "These paths are not looked up in the checksum database, which would tell them to the public and does not know them; all others still are.",
)
SUMDB: Final = text(
    "modules.plan.gosumdb", "New public modules are checked with this database: name or key first, then where it answers."
)
SUMDB_NAME: Final = text("modules.plan.gosumdb-name", "New public modules are checked with this database.")
SUMDB_OFF: Final = text(
    "modules.plan.gosumdb-off",
    "No server that can be reached offers a checksum database, and new modules shall still come: only go.sum checks them from their second use on.",
)
TOOLCHAIN_AUTO: Final = text(
    "modules.plan.gotoolchain-auto",
    "go may download the version of itself that go.mod asks for; it comes like a module and is always checked.",
)
TOOLCHAIN_LOCAL: Final = text(
    "modules.plan.gotoolchain-local",
    "go never downloads another version of itself: a go.mod that asks for a newer one stops with a clear error.",
)
INSECURE: Final = text(
    "modules.plan.goinsecure",
    "These hosts have no TLS: go may ask them over plain http, where anybody on the way can change what comes.",
)
VCS: Final = text(
    "modules.plan.govcs",
    "These paths may be fetched with this program besides git; go's default allows git and hg for public paths.",
)
FLAGS_MOD: Final = text(
    "modules.plan.goflags-mod", "-mod=mod lets every build change go.mod and go.sum; without it a build that would is refused."
)
AUTH: Final = text("modules.plan.goauth", "go may read credentials from the netrc file again.")
UNSET: Final = text("modules.plan.unset", "go's default does here; the value that is set now changes the outcome.")

NETRC: Final = text("modules.plan.netrc", "A line of the netrc file; put the real user and token in place of USER and SECRET.")
GITCONFIG: Final = text("modules.plan.gitconfig", "git asks {host} over ssh where go says https.")

OPEN_NETRC_GLOB: Final = text(
    "modules.plan.open-netrc", "{pattern} names no single host: write one netrc line for each host behind it."
)
OPEN_SSH_GLOB: Final = text(
    "modules.plan.open-ssh", "{pattern} names no single host: tell git to use ssh for each host behind it."
)
OPEN_PREFIX: Final = text(
    "modules.plan.open-prefix",
    "{pattern} begins below its host: when go looks for a package whose module it does not know, it also asks the public servers for {prefix}. A pattern for the whole host ends that.",
)
OPEN_NETWORK: Final = text(
    "modules.plan.open-network", "Nobody said what the network lets through: taken as open. --probe finds out."
)
OPEN_SUMDB_UNKNOWN: Final = text(
    "modules.plan.open-sumdb", "Nobody said whether {server} passes the checksum database on: taken as no. --probe finds out."
)
OPEN_UNVERIFIED: Final = text(
    "modules.plan.open-unverified",
    "No server that can be reached offers the checksum database: a new module is refused. Add it where the database can be reached, commit go.sum, or name a server that offers it.",
)
OPEN_MOVED: Final = text(
    "modules.plan.open-moved",
    "{server} has its credentials in GOPROXY now, where they end up in logs; the plan moves them to netrc: write that line first.",
)
OPEN_LEFT_OUT: Final = text(
    "modules.plan.open-left-out",
    "GOPROXY leaves go's own servers out as it is set now: taken as not to be reached. --network says otherwise.",
)
OPEN_NO_DATABASE: Final = text(
    "modules.plan.open-no-database",
    "This go comes with GOSUMDB=off, so new modules are not checked: name a checksum database ([sumdb] name).",
)
OPEN_CI: Final = text(
    "modules.plan.open-ci",
    "A CI job mostly starts with an empty module cache: what the table says of a full one holds only where GOMODCACHE is kept between jobs.",
)
OPEN_HTTP: Final = text(
    "modules.plan.open-http",
    "{server} is asked over plain http: who is on the way sees the paths, and can change what go.sum and the database do not check.",
)
OPEN_DOWN: Final = text(
    "modules.plan.open-down", "{server} did not answer when asked ({problem}): what the plan says of it is not proved."
)
OPEN_NETRC_UNKNOWN: Final = text(
    "modules.plan.open-host", "The netrc file names {host}: say with --private whether modules on it are private."
)
OPEN_OWNER: Final = text(
    "modules.plan.open-owner",
    "Private modules ({paths}) come through {servers} as it is set now: taken as servers of the company. Say so with --company, or name others.",
)
OPEN_SHADOW: Final = text(
    "modules.plan.open-shadow", "{name} is set in the process environment, which wins over go env -w: change it there."
)

AIR_GAP_EMPTY: Final = text(
    "modules.plan.air-gap-empty",
    'network = "air-gap", but no server of the company and no bundle is named: nothing could be fetched.',
)
AIR_GAP_PUBLIC: Final = text(
    "modules.plan.air-gap-public",
    'network = "air-gap", but {server} is no server of the company: it could never be asked. If it stands inside, say company = true.',
)
AIR_GAP_SUMDB: Final = text(
    "modules.plan.air-gap-toolchains",
    "toolchains = true, but no server that can be reached offers a checksum database, and go never takes a toolchain without it.",
)
BLOCKED_EMPTY: Final = text(
    "modules.plan.blocked-empty",
    'network = "default-blocked", but no server is named: name a mirror that can be reached, best one that serves /sumdb/ too.',
)
PROXY_NONE: Final = text(
    "modules.plan.proxy-none", 'via = "proxy" for {paths}, but no server says private = true: which one holds them?'
)
NOT_COMPANY: Final = text(
    "modules.plan.not-company",
    "{server} says private = true but not company = true: private paths may go to the company's own servers only.",
)
OVERLAP: Final = text(
    "modules.plan.overlap",
    "{path} is both fetched from its host and through a proxy: make the patterns of [[private]] disjoint.",
)
EVERYTHING: Final = text(
    "modules.plan.everything",
    "The patterns {paths} match public modules too; they would be neither checked nor mirrored. Name hosts.",
)
UNMATCHED: Final = text("modules.plan.unmatched", "{path} is no pattern that any module path matches.")
GATE_MIRROR: Final = text(
    "modules.plan.gate-mirror",
    "The refusal of {server} is final, so {other} after it would never be asked: leave one of the two out.",
)
BAD_SUMDB: Final = text("modules.plan.bad-sumdb", "sumdb: {reason}")

OUTAGES: Final = {
    "none": text("modules.plan.outage-none", "everything works"),
    "primary-hang": text("modules.plan.outage-primary-hang", "first server hangs"),
    "primary-refused": text("modules.plan.outage-primary-refused", "first server refuses connections"),
    "primary-dns": text("modules.plan.outage-primary-dns", "first server cannot be reached (DNS dead)"),
    "primary-tls": text("modules.plan.outage-primary-tls", "first server's TLS is broken"),
    "primary-5xx": text("modules.plan.outage-primary-5xx", "first server answers 503"),
    "primary-403": text("modules.plan.outage-primary-403", "first server answers 403"),
    "primary-404": text("modules.plan.outage-primary-404", "first server answers 404 to all"),
    "sumdb-blocked": text("modules.plan.outage-sumdb-blocked", "checksum database's host is blocked"),
    "sumdb-5xx": text("modules.plan.outage-sumdb-5xx", "checksum database answers 503"),
    "sumdb-hang": text("modules.plan.outage-sumdb-hang", "checksum database hangs"),
    "private-down": text("modules.plan.outage-private-down", "private host is down"),
    "private-login": text("modules.plan.outage-private-login", "credentials for private modules are missing"),
    "internet-gone": text("modules.plan.outage-internet-gone", "internet is gone (the company's servers stay)"),
}
"""Rows of the outage table."""
NEEDS: Final = {
    "warm": text("modules.plan.need-warm", "all in cache"),
    "known": text("modules.plan.need-known", "public in go.sum"),
    "new": text("modules.plan.need-new", "new public"),
    "private-host": text("modules.plan.need-private-host", "private from its host"),
    "private-proxy": text("modules.plan.need-private-proxy", "private through proxy"),
    "toolchain": text("modules.plan.need-toolchain", "toolchain"),
}
"""Columns of the outage table."""
CELLS: Final = {
    "hangs": text("modules.plan.cell-hangs", "hangs"),
    "go.sum": text("modules.plan.cell-gosum", "go.sum"),
    "sumdb": text("modules.plan.cell-sumdb", "checksum database"),
    "none": text("modules.plan.cell-unchecked", "unchecked"),
}
"""Words of a cell."""
CURES: Final = {
    "primary-hang": text(
        "modules.plan.cure-hang",
        "go waits for an answer without limit, so neither `,` nor `|` passes a hang: a proxy on this machine that limits waiting does.",
    ),
    "primary-more": text(
        "modules.plan.cure-more",
        "A second server after it, with `|` between, would answer; where private modules come through the list, one of the company.",
    ),
    "primary-404": text(
        "modules.plan.cure-404",
        "A server that holds the same modules after it, or `direct` at the end where the network allows it.",
    ),
    "primary-gate": text("modules.plan.cure-gate", "Its refusal is final because the team says so (gate = true)."),
    "sumdb": text(
        "modules.plan.cure-sumdb",
        "What stands in go.sum still builds: commit go.sum. New modules wait until the database answers; a mirror that serves /sumdb/ from its own store helps.",
    ),
    "sumdb-hang": text(
        "modules.plan.cure-sumdb-hang",
        "What stands in go.sum still builds: commit go.sum. A proxy on this machine that limits waiting turns the hang into an error.",
    ),
    "private-down": text(
        "modules.plan.cure-private-down",
        "Bring private modules through a proxy of the company that keeps them, or vendor them.",
    ),
    "private-login": text("modules.plan.cure-private-login", "Write the netrc line, or add the ssh key, that the plan names."),
    "internet-gone": text(
        "modules.plan.cure-internet-gone",
        "Fill the module cache before, use a bundle in the shape of a proxy (a file:// entry), or vendor.",
    ),
    "toolchain-local": text(
        "modules.plan.cure-toolchain", "GOTOOLCHAIN=local lets go download none: install the go version that go.mod asks for."
    ),
    "none": text("modules.plan.cure-none", "This does not work even without an outage: see what is left open above."),
}
"""What would cure a failure, by outage."""
STOPS: Final = text("modules.plan.stops", "{outages} → {needs}: {cure}")
COMMA: Final = text("modules.plan.comma", ", ")
