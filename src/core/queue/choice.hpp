#pragma once

#include "core/queue/queue.hpp"
#include "core/queue/store.hpp"

#include <string>
#include <string_view>

namespace sealpost::queue {

// A sender as people name one: an address, with angle brackets or without, "<>" (the null reverse-path), or "@acme.test", which
// are all of that domain.
class SenderChoice {
public:
    explicit SenderChoice(std::string_view named);
    // A condition in which `value` stands for the parameter that bind() fills. Empty: all are chosen.
    [[nodiscard]] std::string condition(std::string_view value) const;
    void bind(db::Statement& statement, int index) const;

private:
    enum class Kind { all, domain, address } kind_ = Kind::all;
    std::string value_;
};

// " and …" of what was accepted before this time; empty: of all.
[[nodiscard]] std::string limit_age(const std::optional<WallTime>& until);

// Whether an operator may mean this recipient: one that waits and is not held, one that is held, or either.
enum class Touches { waiting, held, both };

// Messages with a recipient that is chosen, in the order of ids, behind `after` and up to `last`; at most `most`.
[[nodiscard]] Result<std::vector<MessageId>> find_chosen(db::Connection& connection, const Choice& choice, Touches touches,
                                                         MessageId after, MessageId last, int most);
[[nodiscard]] Result<int> count_chosen(db::Connection& connection, const Choice& choice, Touches touches);
[[nodiscard]] bool is_chosen(const Choice& choice, Touches touches, const RecipientRow& recipient);

}  // namespace sealpost::queue
