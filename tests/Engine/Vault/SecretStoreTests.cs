using System.Text;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Operations;
using Secrets = Homelab.Engine.Operations.Secrets;
using Homelab.Engine.Vault;
using Homelab.Tests.Storage;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Homelab.Tests.Engine.Vault;

public sealed class SqliteSecretStoreTests(SqliteFixture fixture) : SecretStoreTests(fixture), IClassFixture<SqliteFixture>
{
    [Fact]
    public async Task SetAsync_DatabaseFile_DoesNotHoldTheValueNorTheKey()
    {
        var store = Store();
        await store.SetAsync("whole-file", "a-value-to-look-for-in-the-file", "anna", default);
        await fixture.Database.WriteAsync(session => session.ExecuteAsync("UPDATE secrets SET updated_by = 'anna' WHERE name = 'whole-file'", null, default), default);
        var bytes = Directory.EnumerateFiles(Path.GetDirectoryName(fixture.Path)!).SelectMany(File.ReadAllBytes).ToArray();
        var text = Encoding.Latin1.GetString(bytes);
        text.Should().NotContain("a-value-to-look-for-in-the-file").And.NotContain((await File.ReadAllTextAsync(KeyFile)).Trim());
        text.Should().Contain("whole-file");
    }
}

public sealed class PostgresSecretStoreTests(PostgresFixture fixture) : SecretStoreTests(fixture), IClassFixture<PostgresFixture>;

public abstract class SecretStoreTests : IDisposable
{
    private readonly DatabaseFixture _fixture;
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-vault-").FullName;

    private protected SecretStoreTests(DatabaseFixture fixture)
    {
        _fixture = fixture;
        fixture.Database.WriteAsync(session => session.ExecuteAsync("DELETE FROM secrets", null, default), default).GetAwaiter().GetResult();
    }

    private protected string KeyFile => Path.Combine(_directory, "secrets.key");

    [Fact]
    public async Task FindAsync_AfterSet_AnswersTheValueAlsoAfterARestart()
    {
        (await Store().SetAsync("proxmox", "s3cret-ünï✓", "anna", default)).Should().BeTrue();
        (await Store().FindAsync("proxmox", default)).Should().Be("s3cret-ünï✓");
        (await Store().SetAsync("proxmox", "another", "anna", default)).Should().BeFalse("it was there");
        (await Store().FindAsync("proxmox", default)).Should().Be("another");
        (await Store().FindAsync("nothing", default)).Should().BeNull();
    }

    [Fact]
    public async Task ListAsync_TellsNamesAndWho_NothingElse()
    {
        var store = Store();
        await store.SetAsync("b", "value-of-b", "bob", default);
        await store.SetAsync("a", "value-of-a", "anna", default);
        var all = await store.ListAsync(default);
        all.Select(secret => (secret.Name, secret.UpdatedBy)).Should().Equal(("a", "anna"), ("b", "bob"));
        (await store.DeleteAsync("a", "anna", default)).Should().BeTrue();
        (await store.DeleteAsync("a", "anna", default)).Should().BeFalse();
        (await store.FindAsync("a", default)).Should().BeNull();
    }

    [Fact]
    public async Task SetAsync_KeyFile_IsOnlyItsOwners()
    {
        await Store().SetAsync("a", "value", "anna", default);
        File.GetUnixFileMode(KeyFile).Should().Be(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        (await RowsAsync()).Should().NotContain("value");
    }

    [Fact]
    public async Task FindAsync_KeyFileReadByOthers_IsRefusedWithTheCommandThatMendsIt()
    {
        await Store().SetAsync("a", "value", "anna", default);
        File.SetUnixFileMode(KeyFile, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        var refused = await FluentActions.Awaiting(() => Store().FindAsync("a", default)).Should().ThrowAsync<ActivityException>();
        refused.Which.Message.Should().Contain($"chmod 600 {KeyFile}");
    }

    [Fact]
    public async Task SetAsync_KeyLost_MakesNoSecondOne()
    {
        await Store().SetAsync("a", "value", "anna", default);
        File.Delete(KeyFile);
        await FluentActions.Awaiting(() => Store().SetAsync("b", "other", "anna", default)).Should().ThrowAsync<SecretStoreException>().WithMessage("*missing*");
        (await FluentActions.Awaiting(() => Store().FindAsync("a", default)).Should().ThrowAsync<ActivityException>()).Which.Retryable.Should().BeFalse();
        File.Exists(KeyFile).Should().BeFalse();
    }

    [Fact]
    public async Task FindAsync_AnotherNodesKey_SaysSo()
    {
        var (mine, other) = (Convert.ToBase64String(Enumerable.Repeat((byte)1, 32).ToArray()), Convert.ToBase64String(Enumerable.Repeat((byte)2, 32).ToArray()));
        await Store(mine).SetAsync("a", "value", "anna", default);
        (await Store(mine).FindAsync("a", default)).Should().Be("value");
        await FluentActions.Awaiting(() => Store(other).FindAsync("a", default)).Should().ThrowAsync<ActivityException>().WithMessage("*another key*");
        await FluentActions.Awaiting(() => Store(other).SetAsync("b", "x", "anna", default)).Should().ThrowAsync<SecretStoreException>().WithMessage("*another key*");
        File.Exists(KeyFile).Should().BeFalse("the key was given");
    }

    [Theory]
    [InlineData("c2hvcnQ=")]
    [InlineData("not base64 at all")]
    public async Task SetAsync_KeyThatIsNone_IsRefusedWithoutShowingIt(string key)
    {
        var refused = await FluentActions.Awaiting(() => Store(key).SetAsync("a", "value", "anna", default)).Should().ThrowAsync<SecretStoreException>();
        refused.Which.Message.Should().Contain("openssl rand").And.NotContain(key);
    }

    [Fact]
    public async Task FindAsync_RowsExchanged_AreNotTakenForEachOther()
    {
        var store = Store();
        await store.SetAsync("low", "of low", "anna", default);
        await store.SetAsync("high", "of high", "anna", default);
        await _fixture.Database.WriteAsync(session => session.ExecuteAsync("UPDATE secrets SET sealed = (SELECT other.sealed FROM secrets other WHERE other.name = 'high') WHERE name = 'low'", null, default), default);
        await FluentActions.Awaiting(() => store.FindAsync("low", default)).Should().ThrowAsync<ActivityException>().WithMessage("*changed in the database*");
    }

    [Fact]
    public async Task SetAsync_TheSameValueTwice_IsNotSealedToTheSameText()
    {
        var store = Store();
        await store.SetAsync("a", "same", "anna", default);
        var first = await RowsAsync();
        await store.SetAsync("a", "same", "anna", default);
        (await RowsAsync()).Should().NotBe(first);
    }

    [Fact]
    public async Task FindAsync_Value_IsHiddenInLogsFromThenOn()
    {
        var logs = Secrets.From(new ConfigurationBuilder().Build());
        await Store().SetAsync("a", "value-of-the-store", "anna", default);
        logs.Hide("value-of-the-store").Should().Be("value-of-the-store");
        await Store(logs: logs).FindAsync("a", default);
        logs.Hide("it is value-of-the-store!").Should().Be("it is ***!");
    }

    [Theory]
    [InlineData("a.b-c_9", true)]
    [InlineData("", false)]
    [InlineData("../etc", false)]
    [InlineData("a b", false)]
    [InlineData("-a", false)]
    [InlineData("a\n", false)]
    public void IsName_OnlyPlainOnes(string name, bool expected) => SecretStore.IsName(name).Should().Be(expected);

    public void Dispose()
    {
        Directory.Delete(_directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal SecretStore Store(string? key = null, Secrets? logs = null)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("Vault:Key", key)]).Build();
        return new(_fixture.Database, new SecretKey(configuration, new DataDirectory(_directory)), logs ?? Secrets.From(configuration), TimeProvider.System);
    }

    private async Task<string> RowsAsync() => string.Join('\n', await _fixture.Database.ReadAsync(session => session.QueryAsync<string>("SELECT name || ' ' || sealed FROM secrets ORDER BY name", null, default), default));
}
