#pragma once

#include "core/queue/store.hpp"

#include <map>
#include <string>
#include <vector>

namespace sealpost::queue {

// Which of the nodes that share a store have gone, by what each says of itself: clocks that differ, and a pause of this
// process, make nobody seem gone.
class Neighbours {
public:
    static constexpr int silent_looks = 12;  // one every five seconds

    // An hour: of one that is silent for so long nothing is to be expected.
    static constexpr int forgotten_looks = 720;

    // To be called with each look; those that said nothing new for so many.
    [[nodiscard]] std::vector<OtherOwner> find_gone(const std::vector<OtherOwner>& seen);
    [[nodiscard]] bool is_long_gone(const std::string& name) const;
    // Whether of all that live and can deliver the lane this one has the first name. Before the first look: no.
    [[nodiscard]] bool is_first_for(std::string_view lane, const std::string& own_name) const;
    [[nodiscard]] bool has_one_for(std::string_view lane) const;  // whether one that lives can deliver it

private:
    struct Known {
        std::vector<std::string> lanes;
        std::int64_t beats = 0;
        int silent = 0;
    };
    std::map<std::string, Known> known_;
    bool has_looked_ = false;
};

}  // namespace sealpost::queue
