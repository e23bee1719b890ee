#include "serve/dmarcreports/chores.hpp"

namespace sealpost::dmarcreports {
namespace {

void tell(const log::Log& log, const char* event, const Error& error) { log.warning(event, {{"problem", error.text}}); }

// A wait of its own for each chore, on one task.
struct Turn {
    std::chrono::milliseconds interval;
    Deadline next = Deadline::after(std::chrono::milliseconds(0));

    bool is_due()
    {
        if (!next.has_passed()) return false;
        next = Deadline::after(interval);
        return true;
    }
};

}  // namespace

Task<void> run_chores(ChoreParts parts)
{
    Turn send{parts.send_interval};
    Turn sweep{parts.sweep_interval};
    while (true) {
        auto flushed = co_await parts.reports->flush();
        if (flushed.has_error()) tell(parts.log, "dmarc.not_written", flushed.error());
        if (parts.sender && send.is_due()) {
            auto sent = co_await parts.sender->send_due();
            if (sent.has_error()) tell(parts.log, "dmarc.not_sent", sent.error());
        }
        if (sweep.is_due()) {
            auto swept = co_await parts.reports->sweep();
            if (swept.has_error()) tell(parts.log, "dmarc.not_swept", swept.error());
        }
        auto slept = co_await async::sleep_until(Deadline::after(parts.flush_interval));
        if (slept.has_error()) co_return;
    }
}

}  // namespace sealpost::dmarcreports
