#pragma once

#include "core/keys/envelope.hpp"
#include "sys/async/byte_source.hpp"

#include <chrono>
#include <functional>
#include <memory>

namespace sealpost::db {
class Database;
}

namespace sealpost::keys {

// Bounds on ciphertext that strangers hand in.
struct SlotLimits {
    std::chrono::minutes ticket_lifetime{30};
    std::chrono::minutes upload_lifetime{30};  // of what is under way, since its last piece
    std::uint64_t max_ticket_bytes = 64ULL * 1024 * 1024;
    std::uint64_t max_network_bytes = 512ULL * 1024 * 1024;             // all open tickets of one network
    std::uint64_t max_wider_network_bytes = 2ULL * 1024 * 1024 * 1024;  // of an IPv6 /48
    std::uint64_t max_total_bytes = 8ULL * 1024 * 1024 * 1024;          // all open tickets
    std::uint64_t least_charge_bytes = 64 * 1024;  // what a ticket counts at least, so that their number is bounded too
};

enum class SlotKind { ticket, hosted };
// Whether the disk has room for so many octets more of that kind; asked before each piece is written. Any thread.
using RoomCheck = std::function<bool(SlotKind kind, std::uint64_t bytes)>;

// Takes ciphertext in, in rows of 64 KiB; nothing of it counts before finish_ticket or
// finish_hosted. Write answers Fault::denied above a limit, retry_later when the disk has no room for it.
class SlotWriter final : public async::ByteSink {
public:
    ~SlotWriter() override;
    Task<Result<>> write(std::string piece) override;
    [[nodiscard]] std::uint64_t size() const;
    [[nodiscard]] bool is_too_large() const;  // why write() answered denied: this one, not the others

    struct Progress;
    explicit SlotWriter(std::unique_ptr<Progress> progress);

private:
    friend class KeyStore;
    std::unique_ptr<Progress> progress_;
};

// What a ref opens, for GET /api/v1/open/{ref}.
struct OpenView {
    enum class Source { ticket, hosted, none };
    EnvelopeFacts facts;
    Source source = Source::none;
    bool damaged = false;  // what came by the ticket is not the file of the record
    bool healed = false;   // and the hosted copy serves in its place
    std::uint64_t size = 0;
    std::int64_t slot = 0;  // for KeyStore::read
};

}  // namespace sealpost::keys
