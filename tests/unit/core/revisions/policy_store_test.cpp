#include "core/revisions/policy_store.hpp"

#include "core/revisions/policy_tables.hpp"
#include "core/revisions/text_diff.hpp"
#include "sys/async/workers.hpp"
#include "sys/db/database.hpp"
#include "test_store.hpp"

#include <gtest/gtest.h>

#include <unistd.h>
#include <algorithm>
#include <filesystem>

namespace sealpost::revisions {

using namespace policy;

namespace {

namespace fs = std::filesystem;

const std::vector<ListenerInfo> listeners = {{"public", ListenerKind::public_mail}};
const std::string tls_document =
    "[[mail_flow_policy]]\nname = \"P\"\ntls = \"required\"\n[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = "
    "\"P\"\nsenders = [\"192.0.2.1\"]\n";

// A store on which somebody else is busy: what `before` does happens as the next work of that kind is about to run,
// after a read has got its snapshot.
class MeddledDatabase final : public db::Database {
public:
    explicit MeddledDatabase(std::shared_ptr<db::Database> inner) : inner_(std::move(inner)) {}
    Result<> migrate(const std::string& room, const std::vector<std::string_view>& steps) override
    {
        return inner_->migrate(room, steps);
    }
    void close() override { inner_->close(); }

    std::function<void()> before_write, before_second_read;

private:
    void start(std::shared_ptr<Job> job, Kind kind, std::function<void()> done) override
    {
        if (kind != Kind::read) {
            if (auto meddle = std::exchange(before_write, nullptr)) meddle();
            const auto run = [&](db::Connection& connection) -> Result<> {
                if (!job->run(connection)) return Error{Fault::give_up, "rolled back"};
                return {};
            };
            static_cast<void>(inner_->write_now(run));
            return done();
        }
        const auto run = [&](db::Connection& connection) -> Result<> {
            SEALPOST_CHECK(read_head(connection));
            if (before_second_read && ++reads_ == 2) std::exchange(before_second_read, nullptr)();
            static_cast<void>(job->run(connection));
            return {};
        };
        static_cast<void>(inner_->read_now(run));
        done();
    }
    std::shared_ptr<db::Database> inner_;
    int reads_ = 0;
};

class PolicyStoreTest : public testing::Test {
protected:
    void SetUp() override
    {
        folder_ = fs::path(testing::TempDir()) / ("policy-store-" + std::to_string(::getpid()));
        fs::remove_all(folder_);
        fs::create_directories(folder_);
        store_ = open_store();
        ASSERT_TRUE(store_);
    }
    void TearDown() override
    {
        store_.reset();
        fs::remove_all(folder_);
    }
    std::shared_ptr<PolicyStore> open_store(const std::vector<ListenerInfo>& of = listeners)
    {
        auto database = test::open_store((folder_ / "test.db").string());
        EXPECT_TRUE(database);
        auto store = PolicyStore::open(*database, clock_, of);
        EXPECT_TRUE(store) << (store ? "" : store.error().text);
        return store ? *store : nullptr;
    }
    SubmitResult submit(const std::string& text, const std::string& author = "ann", Basis basis = {})
    {
        return store_->submit(text, "test.toml", author, basis).value();
    }
    static TlsMode tls_of(const Snapshot& snapshot)
    {
        return snapshot.decide_connection({"public", *parse_ip("192.0.2.1"), HostState::none, ""}).parameters->tls;
    }

    fs::path folder_;
    ManualClock clock_{parse_rfc3339("2026-11-22T08:00:00Z").value()};
    std::shared_ptr<PolicyStore> store_;
};

TEST_F(PolicyStoreTest, BeginsWithTheDefaultDocument)
{
    EXPECT_EQ(store_->current()->version(), 1);
    EXPECT_EQ(store_->export_text(false).value(), default_document(listeners));
    EXPECT_FALSE(store_->has_pending().value());
    EXPECT_EQ(store_->diff().value(), "");
}

TEST_F(PolicyStoreTest, MakesNothingLiveBeforeTheCommit)
{
    const auto result = submit(tls_document);
    EXPECT_EQ(result.kind, SubmitResult::Kind::staged);
    const auto held = store_->current();
    EXPECT_EQ(tls_of(*held), TlsMode::preferred);
    EXPECT_EQ(tls_of(*store_->pending().value()), TlsMode::required);
    EXPECT_EQ(store_->export_text(true).value(), tls_document);
    const auto info = store_->commit("ann", "TLS").value();
    EXPECT_EQ(info.version, 2);
    EXPECT_EQ(tls_of(*store_->current()), TlsMode::required);
    EXPECT_EQ(tls_of(*held), TlsMode::preferred) << "an open connection keeps its snapshot";
    EXPECT_FALSE(store_->has_pending().value());
    EXPECT_EQ(store_->commit("ann", "again").error().fault, Fault::denied);
}

TEST_F(PolicyStoreTest, RefusesABadDocumentAndChangesNothing)
{
    const auto result = submit("[[sender_group]]\nname = \"G\"\nlistener = \"publik\"\npolicy = \"NONE\"\n");
    EXPECT_EQ(result.kind, SubmitResult::Kind::refused);
    EXPECT_EQ(result.problems.size(), 2U);
    EXPECT_EQ(result.problems.front().file, "test.toml");
    EXPECT_FALSE(store_->has_pending().value());
}

const std::string blocked_continues = "[[mail_flow_policy]]\nname = \"BLOCKED\"\nbehavior = \"continue\"\n";

TEST_F(PolicyStoreTest, RefusesAPolicyBehindAllThatContinues)
{
    const auto result = submit(blocked_continues);
    EXPECT_EQ(result.kind, SubmitResult::Kind::refused);
    ASSERT_EQ(result.problems.size(), 1U);
    EXPECT_EQ(result.problems.front().key, "mail_flow_policy.behavior");
    EXPECT_EQ(result.problems.front().file, "test.toml");
    EXPECT_FALSE(store_->has_pending().value());
}

// A store that was written before such a policy was refused.
TEST_F(PolicyStoreTest, StartsWithALivePolicyBehindAllThatContinues)
{
    const auto database = test::open_store((folder_ / "test.db").string()).value();
    ASSERT_TRUE(database->write_now([&](db::Connection& connection) {
        return write_version(connection, {2, clock_.now(), "ann", "as it was"}, blocked_continues);
    }));
    const auto started = open_store({{"public", ListenerKind::public_mail}, {"inside", ListenerKind::private_mail}});
    ASSERT_TRUE(started);
    EXPECT_EQ(started->current()->version(), 2);
    EXPECT_EQ(started->current()->decide_connection({"inside", *parse_ip("192.0.2.1"), HostState::none, ""}).behavior,
              Behavior::reject);
    ASSERT_EQ(started->misfits().size(), 1U);
    EXPECT_EQ(started->misfits().front().key, "mail_flow_policy.behavior");
    EXPECT_FALSE(started->check_version(2));
}

TEST_F(PolicyStoreTest, DiscardsAndDropsWhatChangesNothing)
{
    EXPECT_FALSE(store_->discard().value());
    submit(tls_document);
    EXPECT_TRUE(store_->discard().value());
    EXPECT_FALSE(store_->has_pending().value());
    EXPECT_EQ(submit(default_document(listeners)).kind, SubmitResult::Kind::unchanged);
}

// As what an export that failed leaves in its file.
TEST_F(PolicyStoreTest, RefusesATextWithNothingInIt)
{
    for (const char* nothing : {"", "\n", " \t\r\n"}) {
        const auto result = submit(nothing);
        EXPECT_EQ(result.kind, SubmitResult::Kind::refused);
        ASSERT_EQ(result.problems.size(), 1U);
        EXPECT_EQ(result.problems.front().file, "test.toml");
        EXPECT_EQ(result.edition, Edition{}) << "as of any document that is wrong";
    }
    EXPECT_FALSE(store_->has_pending().value());
    EXPECT_EQ(submit("# nothing\n").kind, SubmitResult::Kind::staged) << "somebody means it";
}

TEST_F(PolicyStoreTest, RefusesTheSecondOfTwoEditors)
{
    EXPECT_EQ(submit(tls_document, "ann", {.version = 1}).kind, SubmitResult::Kind::staged);
    const auto meanwhile = submit("# nothing\n", "ben", {.version = 1});
    EXPECT_EQ(meanwhile.kind, SubmitResult::Kind::outdated);
    EXPECT_NE(meanwhile.difference.find("+name = \"P\""), std::string::npos);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    const auto late = submit("# nothing\n", "ben", {.version = 1});
    EXPECT_EQ(late.kind, SubmitResult::Kind::outdated);
    EXPECT_NE(late.difference.find("+name = \"P\""), std::string::npos);
    EXPECT_EQ(submit("# nothing\n", "ben", {.version = 2}).kind, SubmitResult::Kind::staged);
}

TEST_F(PolicyStoreTest, KeepsWhatSomebodyElseHasStaged)
{
    submit(tls_document, "ann");
    for (const auto& text : {default_document(listeners), std::string("# ben's\n")}) {
        const auto refused = submit(text, "ben");
        EXPECT_EQ(refused.kind, SubmitResult::Kind::outdated) << text;
        EXPECT_EQ(refused.staged_by, "ann");
        EXPECT_NE(refused.difference.find("+name = \"P\""), std::string::npos);
    }
    EXPECT_EQ(store_->export_text(true).value(), tls_document);
    EXPECT_EQ(submit(tls_document, "ben").kind, SubmitResult::Kind::staged) << "the same";
    EXPECT_TRUE(store_->discard().value());
    EXPECT_EQ(submit("# ben's\n", "ben").kind, SubmitResult::Kind::staged);
    EXPECT_EQ(submit(default_document(listeners), "ben").kind, SubmitResult::Kind::unchanged) << "his own goes";
    EXPECT_FALSE(store_->has_pending().value());
}

TEST_F(PolicyStoreTest, TellsTheEditionOfWhatIsThere)
{
    const auto first = store_->standing().value();
    EXPECT_EQ(first.edition, (Edition{1, 0}));
    EXPECT_EQ(first.live.version, 1);
    EXPECT_EQ(first.staged_by, "");
    const auto staged = submit(tls_document).edition;
    const auto second = store_->standing().value();
    EXPECT_EQ(second.edition, staged);
    EXPECT_NE(staged.revision, 0);
    EXPECT_EQ(second.staged_by, "ann");
    EXPECT_EQ(format_rfc3339(second.staged_at), "2026-11-22T08:00:00.000Z");
    EXPECT_EQ(submit(default_document(listeners)).edition, (Edition{1, 0})) << "nothing is staged any more";
}

TEST_F(PolicyStoreTest, CommitsAndDiscardsWhatWasSeenOnly)
{
    const auto seen = submit(tls_document).edition;
    const auto meanwhile = submit(tls_document + "# more\n").edition;
    for (const auto& late : {store_->commit("ann", "TLS", seen).error(), store_->discard(seen).error()}) {
        EXPECT_EQ(late.fault, Fault::denied);
        EXPECT_NE(late.text.find(format_edition(seen)), std::string::npos) << late.text;
        EXPECT_NE(late.text.find(format_edition(meanwhile)), std::string::npos) << late.text;
    }
    EXPECT_EQ(store_->export_text(true).value(), tls_document + "# more\n");
    ASSERT_TRUE(store_->commit("ann", "TLS", meanwhile));
    EXPECT_EQ(store_->commit("ann", "TLS", meanwhile).error().fault, Fault::denied);
    EXPECT_FALSE(store_->discard(Edition{2, 0}).value());
}

TEST_F(PolicyStoreTest, ReplacesWhatSomebodyElseHasStagedWhereItsEditionIsNamed)
{
    const auto seen = submit(tls_document, "ann").edition;
    const auto replaced = submit("# ben's\n", "ben", {.edition = seen});
    EXPECT_EQ(replaced.kind, SubmitResult::Kind::staged);
    EXPECT_NE(replaced.edition, seen);
    const auto late = submit(tls_document, "ann", {.edition = seen});
    EXPECT_EQ(late.kind, SubmitResult::Kind::outdated);
    EXPECT_EQ(late.edition, replaced.edition);
    EXPECT_EQ(late.staged_by, "ben");
    EXPECT_TRUE(store_->discard().value());
    EXPECT_EQ(submit(tls_document, "ann", {.edition = seen}).kind, SubmitResult::Kind::outdated);
    EXPECT_EQ(submit(tls_document, "ann", {.edition = Edition{1, 0}}).kind, SubmitResult::Kind::staged);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    EXPECT_NE(submit("# late\n", "ann", {.edition = Edition{1, 0}}).difference.find("+name = \"P\""), std::string::npos);
}

TEST_F(PolicyStoreTest, RollsBackAsANewVersion)
{
    submit(tls_document);
    clock_.advance(std::chrono::hours(1));
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    EXPECT_EQ(store_->rollback(9, "ben").error().fault, Fault::denied);
    EXPECT_EQ(store_->rollback(2, "ben").error().fault, Fault::denied);
    EXPECT_EQ(store_->rollback(1, "ben")->version, 3);
    EXPECT_EQ(tls_of(*store_->current()), TlsMode::preferred);
    const auto history = store_->history().value();
    ASSERT_EQ(history.size(), 3U);
    EXPECT_EQ(history[0].author, "ben");
    EXPECT_EQ(history[1].comment, "TLS");
    EXPECT_EQ(format_rfc3339(history[1].time), "2026-11-22T09:00:00.000Z");
    EXPECT_EQ(store_->rollback(1, "ben").error().fault, Fault::denied) << "it is current already";
    submit(tls_document);
    EXPECT_EQ(store_->rollback(2, "ben").error().fault, Fault::denied) << "a staged document waits";
}

TEST_F(PolicyStoreTest, TakesOverWhatAnotherProcessCommitted)
{
    const auto other = open_store();
    submit(tls_document);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    std::vector<bool> taken;
    async::run_here([&]() -> Task<void> {
        for (int i = 0; i < 2; ++i) {
            auto answer = co_await other->refresh();
            taken.push_back(answer.value());
        }
    });
    EXPECT_EQ(taken, (std::vector<bool>{true, false}));
    EXPECT_EQ(tls_of(*other->current()), TlsMode::required);
}

TEST_F(PolicyStoreTest, StagesThePresetOnWhatIsThere)
{
    const auto result = store_->submit_preset("cisco-res", "", "ann").value();
    EXPECT_EQ(result.kind, SubmitResult::Kind::staged);
    EXPECT_EQ(result.warnings.size(), 3U);
    EXPECT_NE(result.difference.find("+name = \"CRES\""), std::string::npos);
    EXPECT_EQ(store_->submit_preset("cisco-res", "", "ann").error().fault, Fault::denied);
    ASSERT_TRUE(store_->commit("ann", "preset"));
    EXPECT_EQ(store_->current()->decide_connection({"public", *parse_ip("208.90.57.32"), HostState::none, ""}).order, 1);
}

TEST_F(PolicyStoreTest, NamesThePublicListenersThatAPresetOrATableDoesNotReach)
{
    const auto store = open_store(
        {{"public", ListenerKind::public_mail}, {"second", ListenerKind::public_mail}, {"in", ListenerKind::private_mail}});
    const auto told = [](const Result<SubmitResult>& result) {
        std::vector<std::string> sentences;
        for (const auto& warning : result.value().warnings)
            if (warning.said.code == "without_groups") sentences.push_back(warning.what);
        return sentences;
    };
    const std::string hat = "A: 192.0.2.1 $P\n$P ACCEPT {}\nALL $P\n";
    EXPECT_EQ(told(store->submit_preset("cisco-res", "", "ann")),
              std::vector<std::string>{"\"second\" is public, too, and has no sender group CRES"});
    EXPECT_EQ(told(store->submit_preset("cisco-res", "second", "ann")), std::vector<std::string>());
    EXPECT_EQ(told(store->submit_hat(hat, "hat.txt", "", "ann")),
              std::vector<std::string>{"\"second\" is public, too, and has no sender group A"});
    EXPECT_EQ(told(store->submit_hat(hat, "hat.txt", "second", "ann")), std::vector<std::string>());
}

TEST_F(PolicyStoreTest, ShowsWhatWasLiveBefore)
{
    submit(tls_document);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    EXPECT_EQ(store_->export_version(1).value(), default_document(listeners));
    EXPECT_EQ(store_->export_version(2).value(), tls_document);
    EXPECT_EQ(store_->export_version(3).error().fault, Fault::denied);
    EXPECT_TRUE(store_->check_version(1).has_value());
    EXPECT_EQ(store_->check_version(3).error().fault, Fault::denied);
    EXPECT_EQ(open_store({{"in", ListenerKind::private_mail}})->check_version(2).error().fault, Fault::config) << "not live here";
}

TEST_F(PolicyStoreTest, DoesNotStageAPresetOrATableOverWhatChangedMeanwhile)
{
    const auto meddled = std::make_shared<MeddledDatabase>(test::open_store((folder_ / "test.db").string()).value());
    const auto busy = PolicyStore::open(meddled, clock_, listeners).value();
    const std::string hat = "A: 192.0.2.1 $P\n$P ACCEPT {}\n";
    for (const bool is_preset : {true, false}) {
        const std::string meanwhile = tls_document + (is_preset ? "# one\n" : "# two\n");
        meddled->before_write = [&] { EXPECT_EQ(submit(meanwhile, "ben").kind, SubmitResult::Kind::staged); };
        // The second one builds on what its own author has staged.
        const auto result = is_preset ? busy->submit_preset("cisco-res", "", "ann") : busy->submit_hat(hat, "hat.txt", "", "ben");
        EXPECT_EQ(result.value().kind, SubmitResult::Kind::outdated);
        EXPECT_NE(result.value().difference.find(is_preset ? "+# one" : "+# two"), std::string::npos);
        EXPECT_EQ(store_->export_text(true).value(), meanwhile);
    }
}

TEST_F(PolicyStoreTest, BuildsAPresetOrATableOnWhatSomebodyElseHasStagedOnlyWhereItsEditionIsNamed)
{
    const std::string hat = "A: 192.0.2.1 $P\n$P ACCEPT {}\nALL $P\n";
    for (const bool is_preset : {true, false}) {
        const auto stage = [&](const std::string& author, std::optional<Edition> seen) {
            return is_preset ? store_->submit_preset("cisco-res", "", author, seen).value()
                             : store_->submit_hat(hat, "hat.txt", "", author, seen).value();
        };
        const auto theirs = submit(tls_document, "ann").edition;
        const auto refused = stage("ben", {});
        EXPECT_EQ(refused.kind, SubmitResult::Kind::outdated);
        EXPECT_EQ(refused.edition, theirs);
        EXPECT_EQ(refused.staged_by, "ann");
        EXPECT_NE(refused.difference.find("+name = \"P\""), std::string::npos);
        EXPECT_EQ(store_->export_text(true).value(), tls_document);
        EXPECT_EQ(store_->standing().value().staged_by, "ann");
        EXPECT_EQ(stage("ben", theirs).kind, SubmitResult::Kind::staged);
        EXPECT_EQ(store_->standing().value().staged_by, "ben");
        ASSERT_TRUE(store_->discard());
        submit(tls_document, "ann");
        EXPECT_EQ(stage("ann", {}).kind, SubmitResult::Kind::staged) << "her own";
        ASSERT_TRUE(store_->discard());
    }
}

TEST_F(PolicyStoreTest, TakesAPresetATableAndARollbackForTheEditionThatWasSeenOnly)
{
    const std::string hat = "A: 192.0.2.1 $P\n$P ACCEPT {}\nALL $P\n";
    const auto stage = [&](bool is_preset, Edition seen) {
        return is_preset ? store_->submit_preset("cisco-res", "", "ann", seen).value()
                         : store_->submit_hat(hat, "hat.txt", "", "ann", seen).value();
    };
    for (const bool is_preset : {true, false}) {
        const auto staged = stage(is_preset, {1, 0});
        ASSERT_EQ(staged.kind, SubmitResult::Kind::staged);
        const auto late = stage(is_preset, {1, 0});
        EXPECT_EQ(late.kind, SubmitResult::Kind::outdated);
        EXPECT_EQ(late.edition, staged.edition);
        EXPECT_EQ(late.staged_by, "ann");
        EXPECT_FALSE(late.difference.empty());
        EXPECT_EQ(store_->standing().value().edition, staged.edition);
        ASSERT_TRUE(store_->discard());
    }
    submit(tls_document);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    const auto from_before = stage(true, {1, 0});
    EXPECT_EQ(from_before.kind, SubmitResult::Kind::outdated);
    EXPECT_EQ(from_before.staged_by, "");
    EXPECT_NE(from_before.difference.find("+name = \"P\""), std::string::npos) << "what the others committed";
    EXPECT_EQ(store_->rollback(1, "ann", Edition{1, 0}).error().fault, Fault::denied);
    EXPECT_EQ(store_->current()->version(), 2);
    EXPECT_EQ(store_->rollback(1, "ann", Edition{2, 0}).value().version, 3);
}

TEST_F(PolicyStoreTest, WarnsOfAPredefinedPolicyThatHasAnotherNameNow)
{
    auto renamed = default_document(listeners);
    renamed.replace(renamed.find("\"ACCEPTED\""), 10, "\"OURS\"");
    const auto count = [](const SubmitResult& result) {
        return std::ranges::count_if(result.warnings, [](const auto& each) { return each.said.code == "unwritten_policy"; });
    };
    EXPECT_EQ(count(submit(renamed)), 1);
    ASSERT_TRUE(store_->commit("ann", "ours"));
    EXPECT_EQ(count(submit(renamed + "# no more\n")), 0) << "only what a commit would change is told";
}

TEST_F(PolicyStoreTest, NeverGoesBackToAnOlderVersion)
{
    const auto meddled = std::make_shared<MeddledDatabase>(test::open_store((folder_ / "test.db").string()).value());
    const auto busy = PolicyStore::open(meddled, clock_, listeners).value();
    submit(tls_document);
    ASSERT_EQ(store_->commit("ann", "two").value().version, 2);
    meddled->before_second_read = [&] {
        EXPECT_EQ(busy->submit(tls_document + "# three\n", "test.toml", "ann").value().kind, SubmitResult::Kind::staged);
        EXPECT_EQ(busy->commit("ann", "three").value().version, 3);
    };
    std::optional<bool> taken;
    async::run_here([&]() -> Task<void> {
        auto answer = co_await busy->refresh();
        taken = answer.value();
    });
    EXPECT_EQ(taken, false);
    EXPECT_EQ(busy->current()->version(), 3);
}

TEST_F(PolicyStoreTest, TakesTheTablesOfAListenerThatTheNodeNoLongerHasForThoseOfTheOneThatHasNone)
{
    submit(tls_document + "[[recipient]]\naddress = \"acme.test\"\nlistener = \"public\"\n");
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    const auto renamed = open_store({{"mx", ListenerKind::public_mail}});
    ASSERT_TRUE(renamed);
    ASSERT_EQ(renamed->misfits().size(), 3U) << "the renaming, the group, the row";
    EXPECT_EQ(renamed->misfits().front().key, "listener.name");
    const ConnectionFacts host{"mx", *parse_ip("192.0.2.1"), HostState::none, ""};
    EXPECT_EQ(renamed->current()->decide_connection(host).policy, "P");
    EXPECT_TRUE(renamed->current()->decide_recipient("mx", Behavior::accept, "bob@acme.test").accept);
    EXPECT_EQ(renamed->submit("# nothing\n", "x", "ann")->kind, SubmitResult::Kind::staged);
}

TEST_F(PolicyStoreTest, GuessesNothingWhereTwoListenersHaveNoTableOrTheirOwn)
{
    submit(tls_document);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    const ConnectionFacts host{"mx", *parse_ip("192.0.2.1"), HostState::none, ""};
    const auto two = open_store({{"mx", ListenerKind::public_mail}, {"second", ListenerKind::public_mail}});
    const auto closed = two->current()->decide_connection(host);
    EXPECT_EQ(closed.behavior, Behavior::reject);
    EXPECT_EQ(closed.parameters->reject_code, 421U) << "nobody is refused for good";
    const auto beside = open_store({{"public", ListenerKind::public_mail}, {"mx", ListenerKind::public_mail}});
    EXPECT_TRUE(beside->misfits().empty());
    EXPECT_EQ(beside->current()->decide_connection(host).policy, "ACCEPTED") << "a new listener is no renamed one";
    const auto signing_in = open_store({{"mx", ListenerKind::submission}});
    EXPECT_EQ(signing_in->current()->decide_connection(host).policy, "SUBMISSION") << "it needs no table";
}

TEST_F(PolicyStoreTest, DoesNotRelayForTheWorldByTheTableOfAnotherListener)
{
    const auto group = [](const std::string& policy, const std::string& more) {
        return "[[sender_group]]\nname = \"G\"\nlistener = \"public\"\npolicy = \"" + policy + "\"\n" + more + "\n";
    };
    const auto behavior_at = [this](const ListenerInfo& bare) {
        return open_store({bare})->current()->decide_connection({bare.name, *parse_ip("10.0.0.1"), HostState::none, ""}).behavior;
    };
    const ListenerInfo to_public{"mx", ListenerKind::public_mail}, to_private{"mx", ListenerKind::private_mail};
    for (const std::string wide : {"senders = [\"ALL\"]", "senders = [\"0.0.0.0/0\"]", "senders = [\"2000::/3\"]",
                                   "senders = [\"0-255\"]", "senders = [\"1.0.0.0-223.255.255.255\"]",
                                   "senders = [\"SBRS[none]\"]", "senders = [\".test\"]", "host_checks = [\"no_ptr\"]"}) {
        ASSERT_EQ(submit(group("RELAYED", wide)).kind, SubmitResult::Kind::staged) << wide;
        ASSERT_TRUE(store_->commit("ann", "open"));
        EXPECT_EQ(behavior_at(to_public), Behavior::reject) << wide;
        EXPECT_EQ(behavior_at(to_private), Behavior::reject) << wide;
    }
    ASSERT_EQ(submit(group("RELAYED", "senders = [\"10.0.0.0/8\", \".acme.test\"]")).kind, SubmitResult::Kind::staged);
    ASSERT_TRUE(store_->commit("ann", "inner hosts"));
    EXPECT_EQ(behavior_at(to_private), Behavior::relay);
    ASSERT_EQ(submit(group("ACCEPTED", "senders = [\"10.0.0.0/8\"]")).kind, SubmitResult::Kind::staged);
    ASSERT_TRUE(store_->commit("ann", "partners"));
    EXPECT_EQ(behavior_at(to_private), Behavior::reject) << "a private listener relays for whom it accepts";
    EXPECT_EQ(behavior_at(to_public), Behavior::accept);
}

TEST_F(PolicyStoreTest, TakesNoTableForAnothersWhereNodesShareAPolicy)
{
    submit(tls_document);
    ASSERT_TRUE(store_->commit("ann", "TLS"));
    policy::NodeFacts node;
    node.shares_store = true;
    const auto other = PolicyStore::open(test::open_store((folder_ / "test.db").string()).value(), clock_,
                                         {{"mx", ListenerKind::public_mail}}, node)
                           .value();
    EXPECT_EQ(other->current()->decide_connection({"mx", *parse_ip("192.0.2.1"), HostState::none, ""}).policy, "ACCEPTED");
}

TEST_F(PolicyStoreTest, OpensWithWhateverTableNamesAListenerThatTheNodeNoLongerHas)
{
    const std::string named = "listener = [\"public\"]\n";
    const std::string tables[] = {
        "[[recipient]]\naddress = \"acme.test\"\n",
        "[[alias]]\naddress = \"info@acme.test\"\nto = [\"ann@acme.test\"]\n",
        "[[masquerade]]\nfrom = \"ann@acme.test\"\nto = \"a@acme.test\"\n",
        "[[domain_map]]\nfrom = \"old.test\"\nto = \"acme.test\"\n",
    };
    for (const std::string& table : tables) {
        ASSERT_EQ(submit(table + named).kind, SubmitResult::Kind::staged) << table;
        ASSERT_TRUE(store_->commit("ann", "rows of one listener")) << table;
        for (const ListenerInfo& now : {ListenerInfo{"mx", ListenerKind::public_mail}, {"public", ListenerKind::private_mail}})
            EXPECT_TRUE(open_store({now})) << table << now.name;
    }
}

TEST(TextDiff, ShowsChangedLinesWithTheirSurroundings)
{
    EXPECT_EQ(diff_texts("a\nb\nc\n", "a\nb\nc\n"), "");
    EXPECT_EQ(diff_texts("1\n2\n3\n4\n5\n6\n7\n8\n", "1\n2\n3\n4\nfive\n6\n7\n8\n"),
              "@@ -2 +2 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
    EXPECT_EQ(diff_texts("", "a\n"), "@@ -1 +1 @@\n+a\n");
    EXPECT_EQ(diff_texts("a\n", ""), "@@ -1 +1 @@\n-a\n");
}

}  // namespace
}  // namespace sealpost::revisions
