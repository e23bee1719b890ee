#include "wire/spf/evaluator.hpp"

#include "sys/async/task_group.hpp"
#include "sys/async/workers.hpp"
#include "sys/dns/cached_resolver.hpp"
#include "sys/dns/canned_resolver.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sealpost::spf {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Question question(std::string mail_from, std::string_view ip = "192.0.2.1")
{
    return {.ip = *parse_ip(ip), .helo = "mx.example.org", .mail_from = std::move(mail_from), .receiver = {}};
}

Report check(dns::Resolver& resolver, Question asked, Deadline deadline = Deadline::never(), Options options = {})
{
    const Evaluator evaluator(resolver, options);
    Report report;
    async::run_here([&]() -> Task<void> { report = co_await evaluator.check(asked, Identity::mail_from, deadline); });
    return report;
}

// A name server that never answers until the deadline or a cancellation.
class SilentResolver final : public dns::Resolver {
public:
    Task<dns::Answer> query(std::string, dns::Type, Deadline deadline) override
    {
        ++asked;
        static_cast<void>(co_await async::sleep_until(deadline));
        dns::Answer answer;
        answer.problem = "no answer";
        co_return answer;
    }
    int asked = 0;
};

// Has the answers about some names at hand, as a cache has, and counts how often each is looked at.
class HalfKnown final : public dns::Resolver, public dns::KnownAnswers {
public:
    explicit HalfKnown(const std::string& zone) : world_(zone) {}

    Task<dns::Answer> query(std::string name, dns::Type type, Deadline deadline) override
    {
        return world_.query(std::move(name), type, deadline);
    }
    std::shared_ptr<const dns::Answer> find_known(std::string_view name, dns::Type type) override
    {
        ++looked_at[std::string(name) + " " + std::string(dns::format_type(type))];
        if (name.starts_with("unknown")) return nullptr;
        return std::make_shared<const dns::Answer>(world_.answer(name, type));
    }
    [[nodiscard]] int most_looks() const
    {
        int most = 0;
        for (const auto& [question, count] : looked_at) most = std::max(most, count);
        return most;
    }
    std::map<std::string, int> looked_at;

private:
    dns::CannedResolver world_;
};

// Ten names in turn known and unknown; `line(name)` makes the line that names it.
std::string ten_names(const std::function<std::string(const std::string&)>& line)
{
    std::string zone;
    for (int i = 0; i < 10; ++i) {
        const std::string name = (i % 2 == 0 ? "known" : "unknown") + std::to_string(i) + ".example.com";
        zone += line(name) + "\n" + name + " A 203.0.113." + std::to_string(i + 1) + "\n";
    }
    return zone;
}

TEST(SpfEvaluator, ComparesTheAddressesOfEachMxHostOnce)
{
    HalfKnown resolver("example.com TXT v=spf1 mx -all\n" +
                       ten_names([](const std::string& name) { return "example.com MX 10 " + name; }));
    EXPECT_EQ(check(resolver, question("u@example.com")).verdict, Verdict::fail);
    EXPECT_EQ(resolver.looked_at.size(), 12U);  // TXT, MX, and ten hosts
    EXPECT_EQ(resolver.most_looks(), 1);
    EXPECT_EQ(check(resolver, question("u@example.com", "203.0.113.10")).verdict, Verdict::pass);
}

TEST(SpfEvaluator, ComparesTheAddressesOfEachReverseNameOnce)
{
    const auto reverse = [](const std::string& name) { return "192.0.2.1 PTR " + name; };
    HalfKnown by_ptr("example.com TXT v=spf1 ptr -all\n" + ten_names(reverse));
    EXPECT_EQ(check(by_ptr, question("u@example.com")).verdict, Verdict::fail);
    EXPECT_EQ(by_ptr.looked_at.size(), 12U);
    EXPECT_EQ(by_ptr.most_looks(), 1);

    HalfKnown by_macro("example.com TXT v=spf1 exists:%{p}.test -all\n" + ten_names(reverse));
    EXPECT_EQ(check(by_macro, question("u@example.com")).verdict, Verdict::fail);
    EXPECT_EQ(by_macro.looked_at.size(), 13U);  // and unknown.test
    EXPECT_EQ(by_macro.looked_at.count("unknown.test A"), 1U);
    EXPECT_EQ(by_macro.most_looks(), 1);
}

TEST(SpfEvaluator, FindsTheValidatedNameThatComesLast)
{
    dns::CannedResolver resolver(
        "example.com TXT v=spf1 include:%{p}.spf.test -all exp=why.example.com\nwhy.example.com TXT %{p} may not\n"
        "192.0.2.1 PTR unknown.net.test\n192.0.2.1 PTR known.net.test\nknown.net.test A 192.0.2.1\n"
        "known.net.test.spf.test TXT v=spf1 ?all\n");
    EXPECT_EQ(check(resolver, question("u@example.com")).explanation, "known.net.test may not");
}

TEST(SpfEvaluator, SaysTemperrorWhenTheDeadlineHasPassedAndAsksNothing)
{
    dns::CannedResolver resolver("example.com TXT v=spf1 +all\n");
    const Report report = check(resolver, question("u@example.com"), Deadline::after(std::chrono::seconds(-1)));
    EXPECT_EQ(report.verdict, Verdict::temperror);
    EXPECT_FALSE(report.problem.empty());
    EXPECT_TRUE(resolver.asked().empty());
}

TEST(SpfEvaluator, SaysTemperrorWhenANameServerTakesTooLong)
{
    SilentResolver resolver;
    const Report report = check(resolver, question("u@example.com"), Deadline::after(std::chrono::milliseconds(10)));
    EXPECT_EQ(report.verdict, Verdict::temperror);
    EXPECT_EQ(resolver.asked, 1);
}

TEST(SpfEvaluator, SaysTemperrorWhenItIsCancelled)
{
    SilentResolver resolver;
    const Evaluator evaluator(resolver);
    std::optional<Report> report;
    async::run_here([&]() -> Task<void> {
        Executor executor = co_await async::this_executor();
        async::TaskGroup group(executor);
        group.spawn([](const Evaluator& spf, std::optional<Report>& into) -> Task<void> {
            Report given = co_await spf.check(question("u@example.com"), Identity::mail_from, Deadline::never());
            into = std::move(given);
        }(evaluator, report));
        static_cast<void>(co_await async::sleep_until(Deadline::after(std::chrono::milliseconds(5))));
        group.cancel();
        co_await group.join();
    });
    ASSERT_TRUE(report);
    EXPECT_EQ(report->verdict, Verdict::temperror);
}

TEST(SpfEvaluator, LetsAnExplanationThatDoesNotComeChangeNothing)
{
    dns::CannedResolver resolver("example.com TXT v=spf1 -all exp=why.example.com\nwhy.example.com TXT TEMPORARY\n");
    const Report report = check(resolver, question("u@example.com"));
    EXPECT_EQ(report.verdict, Verdict::fail);
    EXPECT_EQ(report.explanation, "");
    EXPECT_EQ(report.problem, "");
}

TEST(SpfEvaluator, TellsThePathThatLedToTheVerdict)
{
    dns::CannedResolver resolver(
        "example.com TXT v=spf1 a include:_spf.example.net redirect=other.example.com\n"
        "example.com A 192.0.2.9\n"
        "_spf.example.net TXT v=spf1 ip4:198.51.100.0/24 -all\n"
        "other.example.com TXT v=spf1 exists:%{i}.x.example.com ~all\n"
        "192.0.2.1.x.example.com A 127.0.0.2\n");
    const Report report = check(resolver, question("u@example.com"));
    EXPECT_EQ(report.verdict, Verdict::pass);
    std::vector<std::string> path;
    for (const Step& step : report.trace)
        path.push_back(std::to_string(step.depth) + " " + step.term + " [" + step.asked + "] " + step.outcome + " " +
                       std::to_string(step.lookups));
    EXPECT_THAT(path,
                ElementsAre("0 v=spf1 [example.com] pass 0", "0 a [example.com] no_match 1",
                            "0 include:_spf.example.net [_spf.example.net] no_match 2", "1 v=spf1 [_spf.example.net] fail 2",
                            "1 ip4:198.51.100.0/24 [] no_match 2", "1 -all [] match 2",
                            "0 redirect=other.example.com [other.example.com] match 3", "1 v=spf1 [other.example.com] pass 3",
                            "1 exists:%{i}.x.example.com [192.0.2.1.x.example.com] match 4"));
    EXPECT_EQ(report.trace.front().detail, "v=spf1 a include:_spf.example.net redirect=other.example.com");
}

TEST(SpfEvaluator, SaysWhatIsWrongAndWhere)
{
    dns::CannedResolver resolver(
        "example.com TXT v=spf1 include:bad.example.com -all\nbad.example.com TXT v=spf1 ip4:1.2.3 -all\n");
    const Report report = check(resolver, question("u@example.com"));
    EXPECT_EQ(report.verdict, Verdict::permerror);
    EXPECT_EQ(report.mechanism, "include:bad.example.com");
    EXPECT_THAT(report.problem, HasSubstr("bad.example.com, column 12"));
    std::vector<std::string> outcomes;
    for (const Step& step : report.trace) outcomes.push_back(step.outcome);
    EXPECT_THAT(outcomes, ElementsAre("permerror", "error", "permerror"));
}

TEST(SpfEvaluator, KeepsHostileOctetsOutOfWhatPeopleRead)
{
    dns::CannedResolver resolver("example.com TXT v=spf1 a\x1b[31m\xff -all\n");
    const Report report = check(resolver, question("u@example.com"));
    EXPECT_EQ(report.verdict, Verdict::permerror);
    for (const std::string& text : {report.problem, report.trace.front().detail})
        for (const char c : text) EXPECT_TRUE(c >= 0x20 && c < 0x7f) << text;
}

TEST(SpfEvaluator, JudgesARecordOf64KiB)
{
    std::string text = "v=spf1";
    while (text.size() < 65000) text += " ip4:203.0.113.1";
    dns::CannedResolver resolver("example.com TXT " + text + " ip4:192.0.2.1 -all\n");
    EXPECT_EQ(check(resolver, question("u@example.com"), Deadline::never(), {.keep_trace = false}).verdict, Verdict::pass);
}

TEST(SpfEvaluator, TakesNoSenderLongerThanAnAddress)
{
    dns::CannedResolver resolver("example.com TXT v=spf1 +all\n");
    const Report report = check(resolver, question(std::string(5000, 'x') + "@example.com"));
    EXPECT_EQ(report.verdict, Verdict::none);
    EXPECT_LE(report.domain.size(), 1024U);
}

TEST(SpfEvaluator, KeepsTheLimitsThatItIsGiven)
{
    dns::CannedResolver resolver("example.com TXT v=spf1 a mx -all\nexample.com A 192.0.2.9\n");
    EXPECT_EQ(check(resolver, question("u@example.com"), Deadline::never(), {.max_lookups = 1}).verdict, Verdict::permerror);
    EXPECT_EQ(check(resolver, question("u@example.com"), Deadline::never(), {.max_void_lookups = 0}).verdict, Verdict::permerror);
    EXPECT_EQ(check(resolver, question("u@example.com")).verdict, Verdict::fail);
}

TEST(SpfEvaluator, AnswersManyAtTheSameTimeFromOneCache)
{
    dns::CannedResolver resolver(
        "example.com TXT v=spf1 include:_spf.example.net -all\n_spf.example.net TXT v=spf1 ip4:192.0.2.1 ~all\n");
    const Evaluator evaluator(resolver);
    std::atomic<int> passed = 0;
    async::Workers workers(2);
    std::atomic<int> left = 200;
    for (std::size_t i = 0; i < 200; ++i)
        workers.spawn(i % 2, [](const Evaluator& spf, std::atomic<int>& good, std::atomic<int>& open) -> Task<void> {
            Report report = co_await spf.check(question("u@example.com"), Identity::mail_from, Deadline::never());
            if (report.verdict == Verdict::pass) ++good;
            --open;
            open.notify_all();
        }(evaluator, passed, left));
    for (int open = left; open != 0; open = left) left.wait(open);
    EXPECT_EQ(passed, 200);
}

TEST(SpfWords, AreThoseOfTheRfc)
{
    EXPECT_EQ(format_verdict(Verdict::permerror), "permerror");
    EXPECT_EQ(format_identity(Identity::mail_from), "mailfrom");
    EXPECT_EQ(format_identity(Identity::helo), "helo");
}

}  // namespace
}  // namespace sealpost::spf
