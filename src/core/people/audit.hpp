#pragma once

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

// For the write job of another room, so that the deed and its record are one transaction.
Result<> append_audit(db::Connection& connection, WallTime time, const AuditEntry& entry);

// Append only: the store itself refuses to change or delete a record.
class AuditTrail {
public:
    explicit AuditTrail(Store store) : store_(std::move(store)) {}
    Task<Result<>> append(AuditEntry entry);
    // Newest first, records below `before` (0 = from the end), of one subject when given.
    Task<Result<std::vector<AuditRecord>>> list(std::optional<std::string> subject, std::int64_t before, int most);

private:
    Store store_;
};

}  // namespace sealpost::people
