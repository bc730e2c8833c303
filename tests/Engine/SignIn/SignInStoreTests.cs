using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.SignIn;

/// <summary>Users, sessions, keys and wrong guesses, on both databases. Each test has users of its own name, for the database is shared by the class.</summary>
public abstract class SignInStoreTests(DatabaseFixture fixture)
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly SignInOptions Options = new() { PasswordIterations = 1_000 };

    private readonly ManualTimeProvider _time = new(Start);

    private UserStore Users => new(fixture.Database);

    private SessionStore Sessions => new(fixture.Database, Microsoft.Extensions.Options.Options.Create(Options));

    private SlowDown Slow => new(fixture.Database);

    private PasswordSignIn SignIn => new(Users, Sessions, Slow, Microsoft.Extensions.Options.Options.Create(Options), _time, NullLogger<PasswordSignIn>.Instance);

    [Fact]
    public async Task AddAsync_NameTaken_False()
    {
        (await Users.AddAsync(Person("taken"), default)).Should().BeTrue();
        (await Users.AddAsync(Person("taken") with { Id = "other" }, default)).Should().BeFalse();
        (await Users.FindByNameAsync("  TAKEN ", default))!.Id.Should().Be("id-taken");
    }

    [Fact]
    public async Task ChangeAsync_LastAdmin_Refused()
    {
        // Whatever other tests left: two admins, of whom only one may go.
        await Users.AddAsync(Person("admin-a", Role.Admin), default);
        await Users.AddAsync(Person("admin-b", Role.Admin), default);
        foreach (var other in (await Users.ListAsync(default)).Where(user => user.Role == Role.Admin && user.Name != "admin-b"))
        {
            (await Users.ChangeAsync(other.Id, Role.Viewer, disabled: false, default)).Should().BeTrue();
        }

        (await Users.ChangeAsync("id-admin-b", Role.Operator, disabled: false, default)).Should().BeFalse();
        (await Users.ChangeAsync("id-admin-b", Role.Admin, disabled: true, default)).Should().BeFalse();
        (await Users.DeleteAsync("id-admin-b", default)).Should().BeFalse();
        (await Users.FindAsync("id-admin-b", default)).Should().BeEquivalentTo(new { Role = Role.Admin, Disabled = false });
    }

    [Fact]
    public async Task ChangeAsync_TwoAdminsDemoteEachOtherAtOnce_OneStays()
    {
        await using var second = fixture.Again();
        await Users.AddAsync(Person("left", Role.Admin), default);
        await Users.AddAsync(Person("right", Role.Admin), default);
        foreach (var other in (await Users.ListAsync(default)).Where(user => user.Role == Role.Admin && user.Name is not ("left" or "right")))
        {
            await Users.ChangeAsync(other.Id, Role.Viewer, disabled: false, default);
        }

        var results = await Task.WhenAll(
            Users.ChangeAsync("id-left", Role.Viewer, disabled: false, default),
            new UserStore(second).ChangeAsync("id-right", Role.Viewer, disabled: false, default));

        results.Count(changed => changed).Should().Be(1);
        (await Users.ListAsync(default)).Count(user => user.Role == Role.Admin).Should().Be(1);
    }

    [Fact]
    public async Task FindAsync_Session_EndsWhenIdleAndAbsolutely()
    {
        await Users.AddAsync(Person("sleeper"), default);
        var token = await Sessions.StartAsync("id-sleeper", SessionKind.Browser, null, "::1", Start, default);
        (await Sessions.FindAsync(token!, Start + TimeSpan.FromHours(11), default)).Should().NotBeNull("it was used within the idle time, which moves its end");
        (await Sessions.FindAsync(token!, Start + TimeSpan.FromHours(22), default)).Should().NotBeNull();
        (await Sessions.FindAsync(token!, Start + TimeSpan.FromHours(22 + 12), default)).Should().BeNull("nobody used it for twelve hours");

        var busy = await Sessions.StartAsync("id-sleeper", SessionKind.Browser, null, "::1", Start, default);
        for (var at = Start; at < Start + Options.AbsoluteTimeout; at += TimeSpan.FromHours(6))
        {
            (await Sessions.FindAsync(busy!, at, default)).Should().NotBeNull();
        }

        (await Sessions.FindAsync(busy!, Start + Options.AbsoluteTimeout, default)).Should().BeNull("a week is the longest, in use or not");
    }

    [Fact]
    public async Task FindAsync_UserDisabledOrDemoted_CountsAtOnce()
    {
        await Users.AddAsync(Person("fallen", Role.Operator), default);
        await Users.AddAsync(Person("keeper-of-fallen", Role.Admin), default);
        var token = await Sessions.StartAsync("id-fallen", SessionKind.Browser, null, "::1", Start, default);
        (await Sessions.FindAsync(token!, Start, default))!.Role.Should().Be(Role.Operator);

        await Users.ChangeAsync("id-fallen", Role.Operator, disabled: true, default);
        (await Sessions.FindAsync(token!, Start, default)).Should().BeNull();
    }

    [Fact]
    public async Task StartAsync_StudioToken_DiesWithItsSession()
    {
        await Users.AddAsync(Person("drawer"), default);
        var parent = await Sessions.StartAsync("id-drawer", SessionKind.Browser, null, "::1", Start, default);
        var studio = await Sessions.StartAsync("id-drawer", SessionKind.Studio, parent, "::1", Start, default);
        (await Sessions.FindAsync(studio!, Start, default))!.Kind.Should().Be(SessionKind.Studio);

        await Sessions.EndAsync(parent!, default);
        (await Sessions.FindAsync(studio!, Start, default)).Should().BeNull();
        (await Sessions.StartAsync("id-drawer", SessionKind.Studio, parent, "::1", Start, default)).Should().BeNull("the session it would hang on is over");
    }

    [Fact]
    public async Task FindAsync_StudioTokenInUse_KeepsItsSessionAlive()
    {
        await Users.AddAsync(Person("painter"), default);
        var parent = await Sessions.StartAsync("id-painter", SessionKind.Browser, null, "::1", Start, default);
        var studio = await Sessions.StartAsync("id-painter", SessionKind.Studio, parent, "::1", Start, default);
        for (var at = Start; at < Start + TimeSpan.FromHours(20); at += TimeSpan.FromMinutes(50))
        {
            (await Sessions.FindAsync(studio!, at, default)).Should().NotBeNull();
        }

        (await Sessions.FindAsync(parent!, Start + TimeSpan.FromHours(20), default)).Should().NotBeNull();
    }

    [Fact]
    public async Task PruneAsync_EndedSessions_Deleted()
    {
        await Users.AddAsync(Person("gone"), default);
        var token = await Sessions.StartAsync("id-gone", SessionKind.Browser, null, "::1", Start - TimeSpan.FromDays(30), default);
        (await Sessions.PruneAsync(Start, default)).Should().BeGreaterThan(0);
        (await Sessions.FindAsync(token!, Start - TimeSpan.FromDays(30), default)).Should().BeNull();
    }

    [Fact]
    public async Task FindAsync_ApiKey_UntilRevokedOrExpired()
    {
        var keys = new ApiKeyStore(fixture.Database);
        var (kept, revoked) = (Tokens.NewApiKey(), Tokens.NewApiKey());
        await keys.AddAsync(Key("k-kept") with { ExpiresAt = Start + TimeSpan.FromHours(1), Scopes = ["runs:read"] }, kept, default);
        await keys.AddAsync(Key("k-revoked"), revoked, default);

        (await keys.FindAsync(kept, Start, default)).Should().BeEquivalentTo(new { Id = "k-kept", Role = Role.Operator, Scopes = new[] { "runs:read" } });
        (await keys.FindAsync(kept, Start + TimeSpan.FromHours(1), default)).Should().BeNull();
        (await keys.RevokeAsync("k-revoked", Start, default)).Should().BeTrue();
        (await keys.RevokeAsync("k-revoked", Start, default)).Should().BeFalse();
        (await keys.FindAsync(revoked, Start, default)).Should().BeNull();
        (await keys.FindAsync(revoked.ToUpperInvariant(), Start, default)).Should().BeNull();
    }

    [Fact]
    public async Task Stored_SecretsOfAllKinds_AreNowhereInTheDatabase()
    {
        await Users.AddAsync(Person("secretive"), default);
        var token = (await Sessions.StartAsync("id-secretive", SessionKind.Browser, null, "::1", Start, default))!;
        var key = Tokens.NewApiKey();
        await new ApiKeyStore(fixture.Database).AddAsync(Key("k-secret") with { Hint = key[..8] }, key, default);
        await Slow.FailedAsync("a password typed as a name", "::9", Start, default);
        var stored = await fixture.Database.ReadAsync(
            async session => string.Join('\n', [
                .. await session.QueryAsync<string>("SELECT token_hash || COALESCE(parent_hash, '') FROM sign_in_sessions", null, default),
                .. await session.QueryAsync<string>("SELECT key_hash || hint || name FROM api_keys", null, default),
                .. await session.QueryAsync<string>("SELECT password_hash FROM users", null, default),
                .. await session.QueryAsync<string>("SELECT subject FROM sign_in_failures", null, default)]),
            default);
        stored.Should().NotContain(token).And.NotContain(key).And.NotContain("password-of-secretive").And.NotContain("typed as a name");
    }

    [Fact]
    public async Task TryAsync_ManyWrongPasswords_WaitsLongerAndLongerAndAfterARestartToo()
    {
        await Users.AddAsync(Person("target"), default);
        for (var i = 0; i < 5; i++)
        {
            (await SignIn.TryAsync("target", "wrong", SessionKind.Browser, "10.0.0.1", default)).Should().BeOfType<SignInResult.Refused>();
        }

        // New objects over the same database are what a restart, or another node, is.
        var first = (await SignIn.TryAsync("target", "password-of-target", SessionKind.Browser, "10.0.0.1", default)).Should().BeOfType<SignInResult.Wait>().Subject.For;
        _time.Advance(first);
        (await SignIn.TryAsync("target", "wrong", SessionKind.Browser, "10.0.0.1", default)).Should().BeOfType<SignInResult.Refused>();
        var second = (await SignIn.TryAsync("target", "wrong", SessionKind.Browser, "10.0.0.1", default)).Should().BeOfType<SignInResult.Wait>().Subject.For;
        second.Should().BeGreaterThan(first);

        (await SignIn.TryAsync("TARGET", "password-of-target", SessionKind.Browser, "10.0.0.2", default)).Should().BeOfType<SignInResult.Succeeded>("the owner comes from elsewhere");
    }

    [Fact]
    public async Task TryAsync_GuessedFromManyAddresses_NameWaitsAtMostHalfAMinute()
    {
        await Users.AddAsync(Person("popular"), default);
        SignInResult last = new SignInResult.Refused();
        for (var i = 0; i < 40; i++)
        {
            last = await SignIn.TryAsync("popular", "wrong", SessionKind.Browser, $"10.1.0.{i}", default);
            if (last is SignInResult.Wait wait)
            {
                wait.For.Should().BeLessThanOrEqualTo(TimeSpan.FromSeconds(30), "a stranger must not lock the owner out");
                _time.Advance(wait.For);
            }
        }

        last.Should().NotBeOfType<SignInResult.Succeeded>();
        _time.Advance(TimeSpan.FromSeconds(30));
        (await SignIn.TryAsync("popular", "password-of-popular", SessionKind.Browser, "10.2.0.1", default)).Should().BeOfType<SignInResult.Succeeded>();
    }

    [Fact]
    public async Task TryAsync_OneAddressManyNames_AddressWaits()
    {
        for (var i = 0; i < 21; i++)
        {
            await SignIn.TryAsync($"nobody-{i}", "wrong", SessionKind.Browser, "10.3.0.1", default);
        }

        (await SignIn.TryAsync("nobody-new", "wrong", SessionKind.Browser, "10.3.0.1", default)).Should().BeOfType<SignInResult.Wait>();
        (await SignIn.TryAsync("nobody-new", "wrong", SessionKind.Browser, "10.3.0.2", default)).Should().BeOfType<SignInResult.Refused>();
    }

    [Fact]
    public async Task TryAsync_OldRounds_HashesAnewAndKeepsTheQuestionForANewPassword()
    {
        await Users.AddAsync(Person("veteran") with { PasswordHash = PasswordHash.Create("password-of-veteran", 500), MustChangePassword = true }, default);
        (await SignIn.TryAsync("veteran", "password-of-veteran", SessionKind.Browser, "10.4.0.1", default)).Should().BeOfType<SignInResult.Succeeded>();
        var after = await Users.FindByNameAsync("veteran", default);
        PasswordHash.IsWeakerThan(after!.PasswordHash, Options.PasswordIterations).Should().BeFalse();
        after.MustChangePassword.Should().BeTrue();
        after.LastSignInAt.Should().Be(Start);
    }

    [Fact]
    public async Task ChangePasswordAsync_RightPassword_EndsOtherSessionsOnly()
    {
        await Users.AddAsync(Person("changer"), default);
        var (here, elsewhere) = (
            (await Sessions.StartAsync("id-changer", SessionKind.Browser, null, "::1", Start, default))!,
            (await Sessions.StartAsync("id-changer", SessionKind.Browser, null, "::2", Start, default))!);
        (await SignIn.ChangePasswordAsync("id-changer", "wrong", "a wholly new phrase", here, "::1", default)).Should().BeOfType<PasswordChange.Refused>().Which.Path.Should().Be("current");
        (await SignIn.ChangePasswordAsync("id-changer", "password-of-changer", "short", here, "::1", default)).Should().BeOfType<PasswordChange.Refused>().Which.Path.Should().Be("new");
        (await SignIn.ChangePasswordAsync("id-changer", "password-of-changer", "password-of-changer", here, "::1", default)).Should().BeOfType<PasswordChange.Refused>();
        (await SignIn.ChangePasswordAsync("id-changer", "password-of-changer", "a wholly new phrase", here, "::1", default)).Should().BeOfType<PasswordChange.Changed>();

        (await Sessions.FindAsync(here, Start, default)).Should().NotBeNull();
        (await Sessions.FindAsync(elsewhere, Start, default)).Should().BeNull();
        (await SignIn.TryAsync("changer", "a wholly new phrase", SessionKind.Browser, "::1", default)).Should().BeOfType<SignInResult.Succeeded>();
        (await SignIn.TryAsync("changer", "password-of-changer", SessionKind.Browser, "::1", default)).Should().BeOfType<SignInResult.Refused>();
    }

    private static User Person(string name, Role role = Role.Viewer) => new()
    {
        Id = $"id-{name}",
        Name = name,
        Role = role,
        PasswordHash = PasswordHash.Create($"password-of-{name}", Options.PasswordIterations),
        CreatedAt = Start,
    };

    private static ApiKey Key(string id) => new() { Id = id, Name = id, Hint = "hlk_", Role = Role.Operator, Scopes = [], CreatedBy = "test", CreatedAt = Start };
}

public sealed class SqliteSignInStoreTests(SqliteFixture fixture) : SignInStoreTests(fixture), IClassFixture<SqliteFixture>;

public sealed class PostgresSignInStoreTests(PostgresFixture fixture) : SignInStoreTests(fixture), IClassFixture<PostgresFixture>;
