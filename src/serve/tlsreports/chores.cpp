#include "serve/tlsreports/chores.hpp"

namespace sealpost::tlsreports {
namespace {

void tell(const log::Log& log, const char* event, const Result<>& done)
{
    if (done.has_error()) log.warning(event, {{"problem", done.error().text}});
}

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

Task<Result<>> send_due(Sender& sender)
{
    SEALPOST_CO_CHECK(co_await sender.send_due());
    co_return Result<>();
}

}  // namespace

Task<void> run_chores(ChoreParts parts)
{
    Turn send{parts.send_interval};
    Turn sweep{parts.sweep_interval};
    while (true) {
        auto flushed = co_await parts.reports->flush();
        tell(parts.log, "tlsrpt.not_written", flushed);
        if (parts.sender && send.is_due()) {
            auto sent = co_await send_due(*parts.sender);
            tell(parts.log, "tlsrpt.not_sent", sent);
        }
        if (sweep.is_due()) {
            auto swept = co_await parts.reports->sweep();
            tell(parts.log, "tlsrpt.not_swept", swept);
        }
        auto slept = co_await async::sleep_until(Deadline::after(parts.flush_interval));
        if (slept.has_error()) co_return;
    }
}

}  // namespace sealpost::tlsreports
