#include "serve/tlsreports/chores.hpp"

namespace sealpost::tlsreports {
namespace {

void tell(const log::Log& log, tally::Chore chore, const Error& error)
{
    using tally::Chore;
    log.warning(chore == Chore::write   ? "tlsrpt.not_written"
                : chore == Chore::sweep ? "tlsrpt.not_swept"
                                        : "tlsrpt.not_sent",
                {{"problem", error.text}});
}

}  // namespace

Task<void> run_chores(ChoreParts parts) { return tally::run_chores(std::move(parts), tell); }
Task<void> send_reports(SendingParts parts) { return tally::send_reports(std::move(parts), tell); }

}  // namespace sealpost::tlsreports
