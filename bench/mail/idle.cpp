#include <poll.h>

#include <cstdio>

#include "client.hpp"
#include "runs.hpp"

namespace mail_load {
namespace {

constexpr long at_once = 4;  // begun and not yet idle: less than any backlog (OpenSMTPD has 5)
constexpr int tick_milliseconds = 50;

bool input_has_ended()
{
    pollfd input{0, POLLIN, 0};
    return ::poll(&input, 1, 0) == 1;
}

class Crowd {
public:
    explicit Crowd(const Options& options) : course_(options) { course_.begin = now(); }

    void run()
    {
        bool has_told = false;
        while (!input_has_ended()) {
            begin_some();
            poller_.wait(tick_milliseconds, [this](void* owner) { advance(*static_cast<Client*>(owner)); });
            if (has_told || !has_settled()) continue;
            std::printf("open %ld\n", open_);
            std::fflush(stdout);
            has_told = true;
        }
        std::printf("{\"open\":%ld,\"failures\":", open_);
        print_failures(tally_);
        std::printf("}\n");
    }
    [[nodiscard]] bool is_complete() const { return open_ == course_.options.sessions; }

private:
    // All are open or have failed, or there was time enough.
    [[nodiscard]] bool has_settled() const
    {
        const double patience = course_.options.seconds > 0 ? course_.options.seconds : 60;
        return open_ + tally_.count_failures() >= course_.options.sessions || now() > course_.begin + patience;
    }

    void begin_some()
    {
        while (static_cast<long>(clients_.size()) < course_.options.sessions &&
               static_cast<long>(clients_.size()) - open_ - tally_.count_failures() < at_once) {
            clients_.push_back(std::make_unique<Client>(course_, tally_, poller_));
            clients_.back()->begin();
        }
    }
    void advance(Client& client)
    {
        const auto before = client.state();
        const auto after = client.advance();
        if (after == before) return;
        if (after == Client::State::idle) ++open_;
        if (before == Client::State::idle) --open_;
    }

    Course course_;
    Poller poller_;
    Tally tally_;
    std::vector<std::unique_ptr<Client>> clients_;
    long open_ = 0;
};

}  // namespace

int run_idle(const Options& options)
{
    Crowd crowd(options);
    crowd.run();
    return crowd.is_complete() ? 0 : 1;
}

}  // namespace mail_load
