// How many messages a second the queue accepts durably, by how many accept at the same time, and how
// fast it hands them out and settles them again. Each message is 10 KiB with one recipient. Then how
// long a queue with a million messages for 10,000 domains takes to open and to give out the first ones.
//   bench_queue [DIRECTORY [SECONDS [PAGE_BYTES]]]
#include "base/text.hpp"
#include "core/queue/queue.hpp"
#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"

#include <atomic>
#include <bit>
#include <cstdio>
#include <filesystem>
#include <latch>

namespace sealpost::queue {
namespace {

using Clock = std::chrono::steady_clock;

struct Course {
    std::shared_ptr<Queue> queue;
    Clock::time_point end;
    std::string text;
    std::atomic<long> accepted = 0;
    std::atomic<long> settled = 0;
};

NewMessage make_message(long number)
{
    NewMessage message;
    message.lane = "relay";
    message.sender = "alice@acme.test";
    message.recipients.resize(1);
    message.recipients[0].address = "user" + std::to_string(number) + "@d" + std::to_string(number % 100) + ".test";
    return message;
}

Task<void> accept_in_turn(Course& course, long number, std::latch& done)
{
    while (Clock::now() < course.end) {
        auto writer = course.queue->begin();
        std::string text = course.text;
        auto written = co_await writer->write(std::move(text));
        NewMessage message = make_message(number++);
        auto id = co_await course.queue->accept(std::move(message), std::move(writer));
        if (written.has_value() && id.has_value()) ++course.accepted;
    }
    done.count_down();
}

Task<void> settle_one(Course& course, MessageId id)
{
    Report report;
    report.outcomes.resize(1);
    report.outcomes[0].kind = RecipientOutcome::Kind::delivered;
    auto settled = co_await course.queue->settle(id, std::move(report));
    if (settled.has_value()) ++course.settled;
}

Task<void> settle_all(Course& course, std::latch& done)
{
    Executor executor = co_await async::this_executor();
    const queue::MostToDomain most_to_domain = [](const std::string&) { return 100; };
    while (Clock::now() < course.end) {
        auto due = co_await course.queue->claim(100, most_to_domain);
        if (due.has_error() || due->empty()) break;
        async::TaskGroup group(executor);
        for (const auto& message : *due) group.spawn(settle_one(course, message.id));
        co_await group.join();
    }
    done.count_down();
}

void remove_store(const std::string& path)
{
    std::error_code code;
    for (const auto* tail : {"", "-wal", "-shm"}) std::filesystem::remove(path + tail, code);
}

void measure(const std::string& directory, int accepters, std::chrono::seconds time, int page_bytes)
{
    const std::string path = directory + "/bench.db";
    remove_store(path);
    const SystemClock clock;
    db::Options options;
    options.page_bytes = page_bytes;
    auto database = db::Database::open(path, options).value();
    Course course;
    course.queue = Queue::open(database, clock, log::Log::silent()).value();
    course.text = "Subject: bench\r\n\r\n" + std::string(10 * 1024, 'x');
    async::Workers workers(2);
    course.end = Clock::now() + time;
    std::latch accepted(accepters);
    for (int number = 0; number < accepters; ++number) {
        workers.spawn(static_cast<std::size_t>(number) % 2, accept_in_turn(course, number * 1'000'000L, accepted));
    }
    accepted.wait();
    const auto begun = Clock::now();
    course.end = begun + time;
    std::latch settled(1);
    workers.spawn(0, settle_all(course, settled));
    settled.wait();
    const double took = std::chrono::duration<double>(Clock::now() - begun).count();
    std::printf("%9d %14.0f %14.0f\n", accepters, static_cast<double>(course.accepted) / static_cast<double>(time.count()),
                static_cast<double>(course.settled) / took);
    std::fflush(stdout);
    database->close();
    remove_store(path);
}

Task<void> accept_many(std::shared_ptr<Queue> queue, int batches)
{
    for (int batch = 0; batch < batches; ++batch) {
        std::vector<NewMessage> messages;
        for (int number = 0; number < 10'000; ++number) {
            messages.push_back(make_message(0));
            messages.back().recipients[0].address = "user@d" + std::to_string(number) + ".test";
        }
        auto accepted = co_await queue->accept_all(std::move(messages), queue->begin());
        if (accepted.has_error()) std::printf("%s\n", accepted.error().text.c_str());
    }
}

Task<void> claim_first(std::shared_ptr<Queue> queue, std::size_t& claimed)
{
    auto due = co_await queue->claim(100);
    claimed = due.has_value() ? due->size() : 0;
}

void measure_opening(const std::string& directory)
{
    const std::string path = directory + "/bench.db";
    const SystemClock clock;
    {
        auto database = db::Database::open(path).value();
        auto queue = Queue::open(database, clock, log::Log::silent()).value();
        async::run_here([&] { return accept_many(queue, 100); });
        database->close();
    }
    const auto begun = Clock::now();
    auto database = db::Database::open(path).value();
    auto queue = Queue::open(database, clock, log::Log::silent()).value();
    const auto opened = Clock::now();
    std::size_t claimed = 0;
    async::run_here([&] { return claim_first(queue, claimed); });
    const auto ms = [](auto span) { return std::chrono::duration<double, std::milli>(span).count(); };
    std::printf("1,000,000 messages: opened in %.1f ms, the first %zu claimed %.1f ms later\n", ms(opened - begun), claimed,
                ms(Clock::now() - opened));
    database->close();
    remove_store(path);
}

struct Plan {
    std::string directory;
    std::chrono::seconds time{5};
    int page_bytes = db::Options().page_bytes;
};

Error wrong(std::string problem) { return {Fault::config, std::move(problem)}; }

Result<Plan> parse_arguments(const std::vector<std::string>& arguments)
{
    constexpr unsigned long long most_seconds = 3600, least_page = 512, largest_page = 65536;  // a page: as SQLite has it
    if (arguments.size() > 3) return wrong("there are too many arguments");
    Plan plan;
    plan.directory = arguments.empty() ? std::filesystem::temp_directory_path().string() : arguments[0];
    if (arguments.size() > 1) {
        const auto seconds = parse_decimal(arguments[1]);
        if (!seconds || *seconds == 0 || *seconds > most_seconds) return wrong("SECONDS is a number from 1 to 3600");
        plan.time = std::chrono::seconds(*seconds);
    }
    if (arguments.size() > 2) {
        const auto bytes = parse_decimal(arguments[2]);
        if (!bytes || *bytes < least_page || *bytes > largest_page || !std::has_single_bit(*bytes))
            return wrong("PAGE_BYTES is a power of two from 512 to 65536");
        plan.page_bytes = static_cast<int>(*bytes);
    }
    std::error_code code;
    if (!std::filesystem::is_directory(plan.directory, code)) return wrong("there is no directory " + plan.directory);
    return plan;
}

// Tells before the first measurement that there can be none.
Result<> try_store(const Plan& plan)
{
    const std::string path = plan.directory + "/bench.db";
    remove_store(path);
    const auto database = db::Database::open(path);
    if (database.has_error()) return database.error();
    (*database)->close();
    return {};
}

Result<Plan> make_plan(const std::vector<std::string>& arguments)
{
    SEALPOST_TRY(auto plan, parse_arguments(arguments));
    SEALPOST_CHECK(try_store(plan));
    return plan;
}

}  // namespace
}  // namespace sealpost::queue

int main(int count, char** arguments)
{
    using namespace sealpost::queue;
    const auto plan = make_plan({arguments + 1, arguments + count});
    if (plan.has_error()) {
        std::fprintf(stderr, "bench_queue: %s\nusage: bench_queue [DIRECTORY [SECONDS [PAGE_BYTES]]]\n",
                     plan.error().text.c_str());
        return 2;
    }
    const int page_bytes = plan->page_bytes;
    std::printf("10 KiB messages in %s, pages of %d octets\n accepters    accepts/s     deliveries settled/s\n",
                plan->directory.c_str(), page_bytes);
    for (const int accepters : {1, 20, 200}) measure(plan->directory, accepters, plan->time, page_bytes);
    measure_opening(plan->directory);
}
