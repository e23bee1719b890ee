#include "core/people/hash_line.hpp"

#include "core/people/address.hpp"

#include <algorithm>
#include <utility>

namespace sealpost::people {
namespace {

constexpr unsigned most_known_in_a_row = 3;

}  // namespace

void HashLine::Line::add(const std::string& network, Turn turn)
{
    auto& own = waiting[network];
    if (own.empty()) order.push_back(network);
    own.push_back(std::move(turn));
    ++count;
}

HashLine::Turn HashLine::Line::take_next()
{
    if (order.empty()) return {};
    const std::string network = std::move(order.front());
    order.pop_front();
    const auto own = waiting.find(network);
    Turn turn = std::move(own->second.front());
    own->second.pop_front();
    --count;
    if (own->second.empty())
        waiting.erase(own);
    else
        order.push_back(network);
    return turn;
}

// Its newest.
HashLine::Turn HashLine::Line::take_from_longest(std::size_t more_than)
{
    const auto longest =
        std::ranges::max_element(waiting, {}, [](const auto& network_and_turns) { return network_and_turns.second.size(); });
    if (longest == waiting.end() || longest->second.size() <= more_than) return {};
    Turn turn = std::move(longest->second.back());
    longest->second.pop_back();
    --count;
    if (!longest->second.empty()) return turn;
    std::erase(order, longest->first);
    waiting.erase(longest);
    return turn;
}

void HashLine::join(const Place& place, Turn turn)
{
    const std::string wider = wider_network_of(place.network);
    const std::string& network = wider.empty() ? place.network : wider;
    Turn given_up;
    bool has_turn = false;
    {
        const std::lock_guard lock(mutex_);
        auto& line = place.is_known ? known_ : others_;
        if (running_ + line.count >= limits_.most_waiting) {
            const auto own = line.waiting.find(network);
            given_up = line.take_from_longest(own == line.waiting.end() ? 1 : own->second.size() + 1);
            if (!given_up) given_up = std::exchange(turn, {});
        }
        if (turn && running_ < limits_.at_once) {
            ++running_;
            has_turn = true;
        } else if (turn) {
            line.add(network, std::move(turn));
        }
    }
    if (given_up) given_up(false);
    if (has_turn) turn(true);
}

// Who is known and signs in without end keeps nobody else out either.
HashLine::Turn HashLine::take_next()
{
    if (known_in_a_row_ < most_known_in_a_row || others_.count == 0) {
        if (Turn turn = known_.take_next()) {
            ++known_in_a_row_;
            return turn;
        }
    }
    known_in_a_row_ = 0;
    return others_.take_next();
}

void HashLine::leave()
{
    Turn next;
    {
        const std::lock_guard lock(mutex_);
        next = take_next();
        if (!next) --running_;
    }
    if (next) next(true);
}

}  // namespace sealpost::people
