#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <string>

namespace sealpost::people {

// In which order passwords are hashed, where more wait than can be at once. Whoever comes from where somebody of that name
// signed in lately goes first, in a line of their own, three of four turns; in either line each network in turn. So
// strangers, however many networks they have, hold up nobody who is known, and one network no other. Where a line is full the
// network with the most waiting makes room for one with less. Any thread.
class HashLine {
public:
    struct Limits {
        unsigned at_once = 2;
        unsigned most_waiting = 64;  // of each line, with those that are hashed
    };
    struct Place {
        std::string network;  // people::network_of; an IPv6 /48 is one
        bool is_known = false;
    };
    // Called once, on whichever thread made the turn come: false: given up, others need the room.
    using Turn = std::function<void(bool has_turn)>;

    explicit HashLine(Limits limits) : limits_(limits) {}

    void join(const Place& place, Turn turn);
    void leave();  // after a turn that came; the next one's comes

private:
    struct Line {
        std::map<std::string, std::deque<Turn>> waiting;  // by network
        std::deque<std::string> order;                    // of the networks
        unsigned count = 0;

        void add(const std::string& network, Turn turn);
        Turn take_next();
        Turn take_from_longest(std::size_t more_than);  // empty: none has as many
    };

    Turn take_next();

    const Limits limits_;
    std::mutex mutex_;
    Line known_, others_;  // by mutex_
    unsigned running_ = 0;
    unsigned known_in_a_row_ = 0;
};

}  // namespace sealpost::people
