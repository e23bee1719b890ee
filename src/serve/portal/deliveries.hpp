#pragma once

#include "serve/portal/desk.hpp"

#include <boost/json/array.hpp>

#include <map>

namespace sealpost::portal {

// What became of the replies to one account's envelopes, and of messages that people began to it, as rows of `GET
// /api/v1/admin/deliveries`: first all that waits, then what is finished, each newest first. A call looks through a bounded
// number of replies, of all accounts: a page may be empty and lead on.
class Deliveries {
public:
    Deliveries(const Desk& desk, people::AccountId account) : desk_(desk), account_(account) {}

    struct Page {
        boost::json::array rows;
        std::optional<std::int64_t> next;
    };
    Task<Result<Page>> load(std::int64_t number);  // 1, or what the page before named
    // A reply to one of the account's envelopes, or a message that was begun to its domains?
    Task<Result<bool>> is_ours(const queue::MessageView& message);

private:
    // Those that were accepted before this one; 0: all.
    Task<Result<void>> add_waiting(Page& page, queue::MessageId before);
    Task<Result<void>> add_finished(Page& page, queue::MessageId before);
    Task<Result<void>> add_message(Page& page, queue::MessageView message);
    // The recipients of the messages that carry on what of this one was sealed, by address.
    using Sealed = std::map<std::string, queue::RecipientView>;
    Task<Result<Sealed>> load_sealed(queue::MessageView message);

    const Desk& desk_;
    people::AccountId account_;
};

}  // namespace sealpost::portal
