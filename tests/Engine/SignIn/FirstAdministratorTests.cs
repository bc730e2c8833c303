using FluentAssertions;
using Homelab.Engine.SignIn;
using Homelab.Tests.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Xunit;

namespace Homelab.Tests.Engine.SignIn;

public sealed class FirstAdministratorTests : IAsyncLifetime
{
    private readonly SqliteFixture _fixture = new();
    private readonly List<string> _log = [];

    public Task InitializeAsync() => _fixture.InitializeAsync();

    public Task DisposeAsync() => _fixture.DisposeAsync();

    [Fact]
    public async Task StartAsync_NobodyYet_PrintsAPasswordThatWorksToTheConsoleOnly()
    {
        var printed = await StartAsync(new SignInOptions { PasswordIterations = 1_000 });
        var password = printed.Split('\n').Single(line => line.Contains("password  ", StringComparison.Ordinal)).Split(' ')[^1].Trim();
        var admin = await new UserStore(_fixture.Database).FindByNameAsync("admin", default);
        admin.Should().BeEquivalentTo(new { Role = Role.Admin, MustChangePassword = true });
        PasswordHash.Verify(password, admin!.PasswordHash).Should().BeTrue();
        _log.Should().NotBeEmpty().And.AllSatisfy(line => line.Should().NotContain(password));
    }

    [Fact]
    public async Task StartAsync_SecondStart_PrintsNothing()
    {
        await StartAsync(new SignInOptions { PasswordIterations = 1_000 });
        (await StartAsync(new SignInOptions { PasswordIterations = 1_000 })).Should().BeEmpty();
    }

    [Fact]
    public async Task StartAsync_PasswordGiven_IsUsedAndNotPrinted()
    {
        (await StartAsync(new SignInOptions { PasswordIterations = 1_000, FirstPassword = "given by the installer" })).Should().BeEmpty();
        var admin = await new UserStore(_fixture.Database).FindByNameAsync("admin", default);
        PasswordHash.Verify("given by the installer", admin!.PasswordHash).Should().BeTrue();
    }

    [Fact]
    public async Task StartAsync_TwoNodesAtOnce_OnePrints()
    {
        await using var second = _fixture.Again();
        var printed = await Task.WhenAll(StartAsync(new SignInOptions { PasswordIterations = 1_000 }), StartAsync(new SignInOptions { PasswordIterations = 1_000 }, second));
        printed.Count(text => text.Length > 0).Should().Be(1);
        (await new UserStore(_fixture.Database).ListAsync(default)).Should().ContainSingle();
    }

    private async Task<string> StartAsync(SignInOptions options, Homelab.Engine.Storage.Database? database = null)
    {
        using var console = new StringWriter();
        using var logging = LoggerFactory.Create(builder => builder.SetMinimumLevel(LogLevel.Trace).AddProvider(new Recorder(_log)));
        await new FirstAdministrator(
            new UserStore(database ?? _fixture.Database), Options.Create(options), new ManualTimeProvider(), logging.CreateLogger<FirstAdministrator>(), console).StartAsync(default);
        return console.ToString();
    }

    private sealed class Recorder(List<string> lines) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            lock (lines)
            {
                lines.Add(formatter(state, exception));
            }
        }

        public void Dispose()
        {
        }
    }
}
