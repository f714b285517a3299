"""Every named mutant, by the folder it is put into."""

from __future__ import annotations

from mutants.catalogue.board import BOARD
from mutants.catalogue.bus import BUS
from mutants.catalogue.campaign import CAMPAIGN
from mutants.catalogue.car import CAR
from mutants.catalogue.coding import CODING
from mutants.catalogue.engine_run import ENGINE_RUN
from mutants.catalogue.journal import JOURNAL
from mutants.catalogue.link import LINK
from mutants.catalogue.page import PAGE
from mutants.catalogue.power import POWER
from mutants.catalogue.procedure import PROCEDURE
from mutants.catalogue.report import REPORT
from mutants.catalogue.runner import RUNNER
from mutants.catalogue.several import SEVERAL
from mutants.catalogue.trust import TRUST
from mutants.catalogue.turns import TURNS
from mutants.mutant import Mutant

CATALOGUE: tuple[Mutant, ...] = (
    *PROCEDURE,
    *CODING,
    *RUNNER,
    *ENGINE_RUN,
    *JOURNAL,
    *REPORT,
    *POWER,
    *CAMPAIGN,
    *SEVERAL,
    *TURNS,
    *TRUST,
    *CAR,
    *BUS,
    *LINK,
    *BOARD,
    *PAGE,
)
