"""Bugs on the way to the car: ISO-TP, response pending, whose answer it is."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_EXCHANGE = "appliance/bus/exchange.py"
_LINK = "appliance/bus/uds_link.py"
_SENDER = "appliance/bus/isotp_sender.py"
_RECEIVER = "appliance/bus/isotp_receiver.py"
_TEST_LINK = ("tests/bus/test_uds_link.py",)
_TEST_SENDER = ("tests/bus/test_isotp_sender.py",)
_TEST_RECEIVER = ("tests/bus/test_isotp_receiver.py",)

BUS = (
    Mutant(
        "response-pending-unbounded",
        Law.WAITS,
        _EXCHANGE,
        "        self._spent = now_s - self._pending_since_s > self._ask.pending_limit_s\n",
        "",
        'A control unit that says "response pending" for ever keeps the car on the charger for ever.',
        _TEST_LINK,
    ),
    Mutant(
        "p2-star-not-granted",
        Law.ERASE,
        _EXCHANGE,
        "self.due_s = now_s if self._spent else now_s + self._ask.p2_star_s",
        "self.due_s = now_s if self._spent else now_s + self._ask.p2_s",
        "A control unit that takes its time over an erase is given up half erased.",
        _TEST_LINK,
    ),
    Mutant(
        "foreign-answer-accepted",
        Law.TRUTH,
        _EXCHANGE,
        "        if self._patience is None or source != self.ask.to:\n",
        "        if self._patience is None:\n",
        "Another control unit's answer counts as this one's.",
        ("tests/bus/test_exchange.py",),
    ),
    Mutant(
        "answer-before-the-request",
        Law.TRUTH,
        _EXCHANGE,
        "        if self._patience is None or source != self.ask.to:\n            return Heard.IGNORED\n",
        "        if source != self.ask.to:\n            return Heard.IGNORED\n"
        "        if self._patience is None:\n            self.sent(now_s)\n",
        "The answer to an earlier request counts as the answer to one that is not sent yet.",
        _TEST_LINK,
    ),
    Mutant(
        "pending-of-another-service",
        Law.WAITS,
        _EXCHANGE,
        "        nrc = uds.negative_code(self.ask.request, payload)\n"
        "        if nrc == uds.Nrc.RESPONSE_PENDING:\n            self._patience.pending(now_s)\n",
        "        nrc = uds.negative_code(self.ask.request, payload)\n"
        "        if nrc == uds.Nrc.BUSY_REPEAT_REQUEST:\n            self._patience.pending(now_s)\n",
        "Response pending ends a good erase as a refusal.",
        _TEST_LINK,
    ),
    Mutant(
        "second-word-counts",
        Law.TRUTH,
        _EXCHANGE,
        "if self._until_s is None or source in self._responses",
        "if self._until_s is None or source in ()",
        "A control unit that answers twice replaces its answer in the middle of a roll call.",
        _TEST_LINK,
    ),
    Mutant(
        "half-a-message-kept",
        Law.TRUTH,
        _LINK,
        "        if isinstance(answer, Silent) and address != uds.FUNCTIONAL:\n"
        "            self._transport.abandon(address)\n",
        "",
        "The rest of an old request goes out behind a new one.",
        _TEST_LINK,
    ),
    Mutant(
        "two-requests-at-once",
        Law.TRUTH,
        _LINK,
        "        if ask.to in self._open or uds.FUNCTIONAL in self._open or (ask.functional and self._open):\n",
        "        if uds.FUNCTIONAL in self._open or (ask.functional and self._open):\n",
        "Two requests to one control unit are open, and the answers cannot be told apart.",
        _TEST_LINK,
    ),
    Mutant(
        "expires-while-it-arrives",
        Law.TRUTH,
        _LINK,
        "            if now_s >= exchange.due_s and not self._arriving(address):\n",
        "            if now_s >= exchange.due_s:\n",
        "A long answer is given up while it comes in, and asked for again.",
        _TEST_LINK,
    ),
    Mutant(
        "sequence-number-unchecked",
        Law.TRUTH,
        _RECEIVER,
        "        if data[1] & 0xF != expected:\n",
        "        if data[1] & 0xF > 0xF:\n",
        "A lost frame shifts everything behind it, and nobody notices.",
        _TEST_RECEIVER,
    ),
    Mutant(
        "sequence-number-does-not-wrap",
        Law.TRUTH,
        _RECEIVER,
        "        expected = self._number + 1 & 0xF\n",
        "        expected = self._number + 1\n",
        "No answer longer than a hundred bytes is ever received.",
        ("tests/bus/test_long_answers.py",),
    ),
    Mutant(
        "cut-frame-accepted",
        Law.TRUTH,
        _RECEIVER,
        "        if len(data) - 2 < min(left, CONSECUTIVE_FRAME_BYTES):\n            return None\n",
        "",
        "A frame that is shorter than it says shifts everything behind it.",
        _TEST_RECEIVER,
    ),
    Mutant(
        "overdue-frame-waited-for",
        Law.WAITS,
        _RECEIVER,
        "            self.deadline_s = now_s + self._timing.n_cr_s\n            return None\n",
        "            self.deadline_s = math.inf\n            return None\n",
        "An answer that broke off is waited for without an end.",
        _TEST_RECEIVER,
    ),
    Mutant(
        "overflow-ignored",
        Law.WAITS,
        _SENDER,
        '            self._fail("the request is longer than the unit can take (flow control: overflow)")\n',
        "            self._wait(now_s)\n",
        "A control unit that says that it cannot take so much is waited for in the middle of an erased datablock.",
        _TEST_SENDER,
    ),
    Mutant(
        "waits-for-ever-for-flow-control",
        Law.WAITS,
        _SENDER,
        "        elif status == WAIT and self._waits < self._timing.wait_limit:\n",
        "        elif status == WAIT:\n",
        "A control unit that keeps asking to wait keeps the appliance waiting.",
        _TEST_SENDER,
    ),
    Mutant(
        "block-size-ignored",
        Law.TRUTH,
        _SENDER,
        "            self._block = data[2] or None\n",
        "            self._block = None\n",
        "A control unit with a small buffer is overrun.",
        _TEST_SENDER,
    ),
    Mutant(
        "stmin-ignored",
        Law.TRUTH,
        _SENDER,
        "            self.due_s = now_s + self._gap_s if self._gap_s else -math.inf\n",
        "            self.due_s = -math.inf\n",
        "A slow control unit loses frames, and every datablock takes several attempts.",
        _TEST_SENDER,
    ),
)
