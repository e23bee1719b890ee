// Loses everything unsynced after step n, for every n of a policy's life: submitted, replaced, discarded, committed,
// rolled back. Whoever starts afterwards finds each version wholly or not at all, the staged document as it was last
// answered for, and the policy in force is the one of the last version.
#include "every_step.hpp"

#include "core/revisions/policy_store.hpp"

#include <fstream>

namespace sealpost::crash {
namespace {

using revisions::PolicyStore;
using revisions::SubmitResult;

const std::vector<policy::ListenerInfo> listeners = {{"public", policy::ListenerKind::public_mail}};

// Long enough that a version does not fit into one page. `tls` tells them apart in force.
std::string make_document(const std::string& tls, int groups)
{
    std::string text = "[[mail_flow_policy]]\nname = \"P\"\ntls = \"" + tls + "\"\n";
    for (int number = 0; number < groups; ++number)
        text += "[[sender_group]]\nname = \"G" + std::to_string(number) +
                "\"\nlistener = \"public\"\npolicy = \"P\"\nsenders = [\"192.0.2." + std::to_string(number) + "\"]\n";
    return text;
}

// What can be seen of the policy from outside.
struct Seen {
    std::vector<std::string> versions;  // their texts, oldest first
    std::string staged;                 // empty: nothing is
    friend bool operator==(const Seen&, const Seen&) = default;
};

// What was answered for, and what an operation that was not answered may have made of it.
class Told {
public:
    explicit Told(Seen now) : allowed_{std::move(now)} {}
    [[nodiscard]] const Seen& now() const { return allowed_.back(); }
    void expect(Seen after)
    {
        ++asked_;
        allowed_.push_back(std::move(after));
    }
    void note_answered()
    {
        ++answered_;
        allowed_ = {allowed_.back()};
    }
    [[nodiscard]] bool is_all_answered() const { return asked_ > 0 && asked_ == answered_; }
    [[nodiscard]] bool allows(const Seen& seen) const { return std::ranges::find(allowed_, seen) != allowed_.end(); }
    [[nodiscard]] std::size_t answered_versions() const { return allowed_.front().versions.size(); }

private:
    std::vector<Seen> allowed_;
    int asked_ = 0, answered_ = 0;
};

class PolicyCrash : public testing::Test {
protected:
    PolicyCrash()
    {
        std::shared_ptr<db::Database> database;
        EXPECT_NE(start("calm", "", database), nullptr);
    }

    std::shared_ptr<PolicyStore> start(const std::string& name, const std::string& vfs, std::shared_ptr<db::Database>& database)
    {
        auto opened = db::Database::open(directory_ + "/" + name + ".db", {1, 4096, vfs});
        if (opened.has_error()) return nullptr;
        database = *opened;
        auto store = PolicyStore::open(database, clock_, listeners);
        return store.has_error() ? nullptr : *store;
    }

    static void submit(PolicyStore& store, Told& told, const std::string& text)
    {
        Seen after = told.now();
        after.staged = text;
        told.expect(after);
        const auto answer = store.submit(text, "test.toml", "ann");
        if (answer.has_value() && answer->kind == SubmitResult::Kind::staged) told.note_answered();
    }

    // What a commit that was not answered must not do: come into force in the process that is dying.
    static void commit(PolicyStore& store, Told& told)
    {
        Seen after = told.now();
        after.versions.push_back(after.staged);
        after.staged.clear();
        told.expect(after);
        const auto before = store.current()->version();
        if (store.commit("ann", "for this test").has_value()) {
            told.note_answered();
            EXPECT_EQ(store.current()->version(), before + 1);
        } else {
            EXPECT_EQ(store.current()->version(), before);
        }
    }

    static void discard(PolicyStore& store, Told& told)
    {
        Seen after = told.now();
        after.staged.clear();
        told.expect(after);
        if (store.discard().has_value()) told.note_answered();
    }

    static void roll_back(PolicyStore& store, Told& told, std::size_t version)
    {
        Seen after = told.now();
        after.versions.push_back(after.versions.at(version - 1));
        told.expect(after);
        if (store.rollback(static_cast<std::int64_t>(version), "ann").has_value()) told.note_answered();
    }

    // Each step only when the one before was answered: a dead machine does nothing more.
    void act(PolicyStore& store, Told& told)
    {
        const std::vector<std::function<void()>> plan = {
            [&] { submit(store, told, make_document("required", 50)); },
            [&] { submit(store, told, make_document("required", 40)); },
            [&] { commit(store, told); },
            [&] { submit(store, told, make_document("off", 3)); },
            [&] { discard(store, told); },
            [&] { submit(store, told, make_document("off", 45)); },
            [&] { commit(store, told); },
            [&] { roll_back(store, told, 2); },
            [&] { submit(store, told, make_document("preferred", 60)); },
        };
        for (const auto& step : plan) {
            step();
            if (vfs_.has_crashed()) return;
        }
    }

    static Seen look(PolicyStore& store, db::Database& database)
    {
        Seen seen;
        const auto read = [&](db::Connection& connection) -> Result<> {
            auto rows = connection.prepare("select version, document from policy_version order by version");
            while (true) {
                SEALPOST_TRY(const bool is_row, rows.step());
                if (!is_row) return {};
                EXPECT_EQ(rows.column_int(0), static_cast<std::int64_t>(seen.versions.size()) + 1);
                seen.versions.push_back(rows.column_text(1));
            }
        };
        EXPECT_TRUE(database.read_now(read).has_value());
        if (store.has_pending().value()) seen.staged = store.export_text(true).value();
        return seen;
    }

    static policy::TlsMode tls_in_force(const PolicyStore& store)
    {
        const auto at = parse_ip("192.0.2.1");
        return store.current()->decide_connection({"public", *at, policy::HostState::none, ""}).parameters->tls;
    }

    void check_next_life(const Told& told)
    {
        std::shared_ptr<db::Database> database;
        const auto store = start("store", "", database);
        ASSERT_NE(store, nullptr);
        const Seen seen = look(*store, *database);
        EXPECT_TRUE(told.allows(seen)) << seen.versions.size() << " versions, " << told.answered_versions() << " answered";
        EXPECT_EQ(store->current()->version(), static_cast<std::int64_t>(seen.versions.size()));
        EXPECT_EQ(store->history().value().size(), seen.versions.size());
        EXPECT_EQ(store->export_text(false).value(), seen.versions.back());
        if (seen.versions.size() > 1) {
            const bool is_off = seen.versions.back().find("\"off\"") != std::string::npos;
            EXPECT_EQ(tls_in_force(*store), is_off ? policy::TlsMode::off : policy::TlsMode::required);
        }
        expect_whole(*database);
        // Life goes on: what is staged can be committed.
        if (seen.staged.empty()) return;
        EXPECT_TRUE(store->pending().has_value());
        const auto committed = store->commit("ann", "after the crash");
        ASSERT_TRUE(committed.has_value());
        EXPECT_EQ(committed->version, static_cast<std::int64_t>(seen.versions.size()) + 1);
    }

    bool die_once(int step, Unsynced unsynced)
    {
        copy_store(directory_ + "/calm.db", directory_ + "/store.db");
        Told told({{policy::default_document(listeners)}, ""});
        vfs_.begin(step);
        {
            std::shared_ptr<db::Database> database;
            const auto store = start("store", vfs_.name(), database);
            if (store) act(*store, told);
            if (database) database->close();
        }
        const bool has_crashed = vfs_.has_crashed();
        EXPECT_TRUE(has_crashed || told.is_all_answered()) << "in the life that ended in peace";
        vfs_.lose_power(unsynced);
        check_next_life(told);
        return has_crashed;
    }

    test::TemporaryFolder temporary_;
    const std::string directory_ = temporary_.path();
    ManualClock clock_{WallTime(std::chrono::milliseconds(1'800'000'000'000))};
    CrashVfs vfs_;
};

TEST_F(PolicyCrash, AVersionIsInForceWhollyOrNotAtAllAndWhatIsStagedStays)
{
    die_at_every_step([&](int step, Unsynced unsynced) { return die_once(step, unsynced); });
}

}  // namespace
}  // namespace sealpost::crash
