#include "serve/tlsreports/chores.hpp"

namespace sealpost::tlsreports {
namespace {

void tell(const log::Log& log, const char* event, const Error& error) { log.warning(event, {{"problem", error.text}}); }

}  // namespace

Task<void> run_chores(ChoreParts parts)
{
    Deadline next_sweep = Deadline::after(std::chrono::milliseconds(0));
    while (true) {
        auto flushed = co_await parts.reports->flush();
        if (flushed.has_error()) tell(parts.log, "tlsrpt.not_written", flushed.error());
        if (next_sweep.has_passed()) {
            next_sweep = Deadline::after(parts.sweep_interval);
            auto swept = co_await parts.reports->sweep();
            if (swept.has_error()) tell(parts.log, "tlsrpt.not_swept", swept.error());
        }
        auto slept = co_await async::sleep_until(Deadline::after(parts.flush_interval));
        if (slept.has_error()) co_return;
    }
}

Task<void> send_reports(SendingParts parts)
{
    while (true) {
        Result<int> sent = 0;
        if (parts.is_ours()) sent = co_await parts.sender->send_due();
        if (sent.has_error()) tell(parts.log, "tlsrpt.not_sent", sent.error());
        auto slept = co_await async::sleep_until(Deadline::after(parts.interval));
        if (slept.has_error()) co_return;
    }
}

}  // namespace sealpost::tlsreports
