#pragma once

#include "wire/dkim/signer.hpp"
#include "wire/dkim/verifier.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sealpost::dkim {

struct SealOptions {
    WallTime now{};
    std::string authserv_id;  // whose Authentication-Results are ours: RFC 8601 §2.5
};

// Adds an ARC set (RFC 8617 §5.1) to a message that is passed on: every field, end_head(), the body, finish().
// What was found out about the message stands in its topmost Authentication-Results of our own name; the state of
// the chain so far is the arc= there, or is found out anew. Only with an RSA key: a chain has one seal an
// instance, so a reader who does not know Ed25519 would take it for broken.
class ChainSealer {
public:
    [[nodiscard]] static Result<ChainSealer> begin(SigningKey key, SealOptions options);  // Fault::config: not RSA

    [[nodiscard]] Result<> append_field(std::string_view raw);
    [[nodiscard]] Result<> end_head();  // Fault::peer_broke_it without a From
    void append_body(std::string_view piece);
    // The three fields, to stand before all others; empty when the chain takes no more (it has failed before, or has 50
    // sets). Fault::retry_later when the chain cannot be judged for the moment.
    Task<Result<std::string>> finish(dns::Resolver& resolver, Deadline deadline);

private:
    struct State;
    explicit ChainSealer(std::shared_ptr<State> state) : state_(std::move(state)) {}
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::dkim
