// alerts: tells the administrators of this node, by mail and in the log, what needs them: a certificate that
// expires, a delivery that demanded TLS and did not get it. Each thing is told once for each stage that it
// reaches, through restarts too (core/alerts remembers); what is over is told anew when it comes again.
// Called from any worker. A Fault means that the store is not at hand and nothing was told.
#pragma once

#include "base/language.hpp"
#include "core/alerts/ledger.hpp"
#include "core/queue/queue.hpp"
#include "sys/log/log.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::alerts {

enum class Severity { information, warning, critical };
[[nodiscard]] std::string_view format_severity(Severity severity);

struct Alert {
    std::string kind;   // "certificate_expiring"; in the log as alert.certificate_expiring
    std::string about;  // "mx1", "acme.test"
    std::string stage;  // "30"; may be empty
    Severity severity = Severity::warning;
    std::string to;  // a mail address; empty: the node's administrators
    Words subject;   // one line
    Words body;      // paragraphs, each line ended with "\n"; what is wrong, and what mends it
};

class Alerts {
public:
    struct Parts {
        std::shared_ptr<Ledger> ledger;
        std::shared_ptr<queue::Queue> queue;
        const Clock* clock = nullptr;
        std::vector<std::string> to;  // the administrators; empty: the log alone tells them
        std::string from;
        std::optional<Language> language;  // of the administrators; others get both
        std::string hostname;
        std::string node;   // its name among those that share the store; empty: nobody does
        std::string lane;   // of the queue: in clear form, signed
        std::string facts;  // of the queued message: JSON that makes the lane sign it
        log::Log log = log::Log::silent();
    };
    explicit Alerts(Parts parts) : parts_(std::move(parts)) {}

    // Answers false when this stage was told already.
    Task<Result<bool>> raise(Alert alert);
    // For `about`: what each node has of its own, such as a certificate, under the node's name where others have theirs.
    [[nodiscard]] std::string on_this_node(std::string what) const;
    // What was told before that time, of this kind, need not be remembered: its stages are days.
    Task<Result<>> forget(std::string kind, WallTime before);
    // It is over: all its stages may be told again.
    Task<Result<>> clear(std::string kind, std::string about);

private:
    Task<Result<>> mail(Alert alert);
    Parts parts_;
};

}  // namespace sealpost::alerts
