#include <sys/resource.h>

#include <algorithm>
#include <cstdio>
#include <thread>

#include "client.hpp"
#include "runs.hpp"

namespace mail_load {
namespace {

constexpr double rest_seconds = 0.1;  // behind a failure
constexpr int tick_milliseconds = 50;

// All sessions of one thread, until the time or the tickets are over.
class Crew {
public:
    Crew(Course& course, int sessions) : course_(course)
    {
        for (int i = 0; i < sessions; ++i) clients_.push_back(std::make_unique<Client>(course, tally_, poller_));
    }

    Tally run()
    {
        for (auto& client : clients_) begin(*client);
        while (at_work_ > 0 && !is_over()) {
            poller_.wait(tick_milliseconds, [this](void* owner) { advance(*static_cast<Client*>(owner)); });
            wake();
        }
        return std::move(tally_);
    }

private:
    struct Rest {
        Client* client;
        double until;
    };

    // Also when all messages are out: whoever is left holds none, and may wait for ever for the greeting of a server whose
    // backlog was full.
    [[nodiscard]] bool is_over() const
    {
        const double moment = now();
        if (course_.end > 0 && moment >= course_.end) return true;
        return !course_.has_more(moment) && std::ranges::none_of(clients_, [](const auto& each) { return each->holds_ticket(); });
    }

    void begin(Client& client)
    {
        ++at_work_;
        client.begin();
        if (client.state() == Client::State::failed) rest(client);
    }

    void rest(Client& client) { resting_.push_back({&client, now() + rest_seconds}); }

    void advance(Client& client)
    {
        const auto before = client.state();
        if (before != Client::State::busy) return;
        const auto state = client.advance();
        if (state == Client::State::failed) return rest(client);
        if (state != Client::State::done) return;
        --at_work_;
        if (course_.has_more(now())) begin(client);
    }

    void wake()
    {
        for (std::size_t i = 0; i < resting_.size();) {
            if (resting_[i].until > now()) {
                ++i;
                continue;
            }
            Client* client = resting_[i].client;
            resting_.erase(resting_.begin() + static_cast<std::ptrdiff_t>(i));
            --at_work_;
            if (course_.has_more(now())) begin(*client);
        }
    }

    Course& course_;
    Poller poller_;
    Tally tally_;
    std::vector<std::unique_ptr<Client>> clients_;
    std::vector<Rest> resting_;
    int at_work_ = 0;
};

void merge(Tally& into, Tally& from)
{
    into.accepted += from.accepted;
    into.sessions += from.sessions;
    into.resumed += from.resumed;
    if (from.counted > 0) {
        into.first_accept = into.counted > 0 ? std::min(into.first_accept, from.first_accept) : from.first_accept;
        into.last_accept = std::max(into.last_accept, from.last_accept);
    }
    into.counted += from.counted;
    into.latencies.insert(into.latencies.end(), from.latencies.begin(), from.latencies.end());
    for (const auto& [why, times] : from.failures) into.failures[why] += times;
}

double milliseconds_at(const std::vector<float>& sorted, double share)
{
    if (sorted.empty()) return 0;
    return 1000.0 * static_cast<double>(sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))]);
}

double own_processor_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    return static_cast<double>(used.ru_utime.tv_sec + used.ru_stime.tv_sec) +
           static_cast<double>(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

void print(const Course& course, Tally& tally, double ended)
{
    std::sort(tally.latencies.begin(), tally.latencies.end());
    // A load by count ends with its last accept; what follows (QUIT) is not its business.
    const bool is_by_time = course.end > 0 && ended >= course.end;
    const double last = is_by_time ? course.end : (tally.counted > 0 ? tally.last_accept : ended);
    const double seconds = last - course.count_from;
    std::printf(
        "{\"accepted\":%ld,\"counted\":%ld,\"seconds\":%.3f,\"per_second\":%.2f,\"sessions\":%ld,\"sessions_per_second\":%.2f,"
        "\"resumed\":%ld,\"began\":%.3f,\"first_accept\":%.3f,\"last_accept\":%.3f,",
        tally.accepted, tally.counted, seconds, static_cast<double>(tally.counted) / seconds, tally.sessions,
        static_cast<double>(tally.sessions) / (is_by_time ? seconds : ended - course.count_from), tally.resumed, course.begin,
        tally.first_accept, tally.last_accept);
    std::printf("\"latency_ms\":{\"p50\":%.2f,\"p99\":%.2f,\"most\":%.2f},\"own_processor_seconds\":%.2f,\"failures\":",
                milliseconds_at(tally.latencies, 0.5), milliseconds_at(tally.latencies, 0.99),
                milliseconds_at(tally.latencies, 1), own_processor_seconds());
    print_failures(tally);
    std::printf("}\n");
}

}  // namespace

int run_load(const Options& options)
{
    Course course(options);
    course.begin = now();
    course.count_from = course.begin + options.warm_up_seconds;
    course.end = options.seconds > 0 ? course.count_from + options.seconds : 0;
    std::vector<Tally> tallies(static_cast<std::size_t>(options.threads));
    {
        std::vector<std::jthread> threads;
        for (int i = 0; i < options.threads; ++i) {
            const int sessions = options.sessions / options.threads + (i < options.sessions % options.threads ? 1 : 0);
            threads.emplace_back(
                [&course, &tally = tallies[static_cast<std::size_t>(i)], sessions] { tally = Crew(course, sessions).run(); });
        }
    }
    const double ended = now();
    Tally all;
    for (auto& tally : tallies) merge(all, tally);
    print(course, all, ended);
    return all.accepted > 0 || (options.messages_per_session == 0 && all.sessions > 0) ? 0 : 1;
}

}  // namespace mail_load
