#pragma once

#include "core/people/forgetting.hpp"
#include "core/people/store.hpp"
#include "sys/async/task.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace sealpost::db {
class Connection;
}

namespace sealpost::people {

struct AuditEntry {
    std::string who;      // "person:17", "administrator:2", "gateway:3", "operator", "link", "service"
    std::string network;  // network_of(address), or "local"
    std::string what;     // "key.released", "person.erased" …
    std::string subject;  // what it was done to: an envelope id, "person:17", a domain
    std::string details;  // a JSON object; never a secret, never content
};

struct AuditRecord {
    std::int64_t number = 0;
    WallTime time;
    AuditEntry entry;
};

// Which records are wanted; what is empty or absent leaves nothing out.
struct AuditFilter {
    std::string who = {};
    std::string what = {};  // "key.released", or "key" for all that begins with "key."
    std::string subject = {};
    std::optional<WallTime> since = {};  // at or after
    std::optional<WallTime> until = {};  // before
    std::int64_t before = 0;             // numbers below this one; 0: from the end
    int most = 100;                      // 1 to 1000
};

// For the write job of another room, so that the deed and its record are one transaction.
Result<> append_audit(db::Connection& connection, WallTime time, const AuditEntry& entry);

// Append only: the store itself refuses to change a record, and to delete one that is not older than what shorten() forgets.
class AuditTrail {
public:
    explicit AuditTrail(Store store) : store_(std::move(store)) {}
    Task<Result<>> append(AuditEntry entry);
    Task<Result<std::vector<AuditRecord>>> list(AuditFilter filter);  // newest first
    // Forgets what is older than so long, from the old end and up to the first that is not, a record telling how much that was;
    // nothing as long as the clock is doubted, nor within a day of the first call ever. Answers how many records went.
    Task<Result<std::int64_t>> shorten(KeptFor period);

private:
    Store store_;
};

}  // namespace sealpost::people
