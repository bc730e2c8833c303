using FluentAssertions;
using Homelab.Engine.Cli;
using Xunit;

namespace Homelab.Tests.Engine.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-cli-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("--help")]
    [InlineData("serve --help")]
    [InlineData("run --help")]
    [InlineData("validate --help")]
    [InlineData("export --help")]
    [InlineData("import --help")]
    [InlineData("doctor --help")]
    [InlineData("expr --help")]
    [InlineData("rules eval --help")]
    [InlineData("activities run --help")]
    [InlineData("users reset-password --help")]
    public async Task Help_OfEveryCommand_ExplainsIt(string line)
    {
        var (code, output, _) = await RunAsync(line.Split(' '));

        code.Should().Be(ExitCode.Ok);
        output.Should().Contain("Description:").And.Contain("Usage:");
    }

    [Fact]
    public async Task RunDryRun_OfAPlaybookWhoseHostIsOutOfReach_SaysSoAndShowsWhatItWouldDo()
    {
        var (code, output, _) = await RunAsync(
            "run", Path.Combine(Activities.Repository.Root, "workflows", "playbooks", "start-container.yaml"), "--dry-run", "--set", "Activities:Docker:default:Endpoint=unix:///no/such.sock",
            "--input", """{"incident":{"kind":"container_down","target":"docker:default/container/web","labels":{}}}""");

        code.Should().Be(ExitCode.Ok);
        output.Should().Contain("not looked at in before1").And.Contain("cannot be reached from here").And.Contain("""docker.start_container {"container":"web","connection":"default"}""");
    }

    [Fact]
    public async Task UnknownCommand_IsAUsageError()
    {
        var (code, _, error) = await RunAsync("bogus");

        code.Should().Be(ExitCode.Usage);
        error.Should().Contain("bogus");
    }

    [Fact]
    public async Task Run_Definition_PrintsItsLinesAndSucceeds()
    {
        var file = Write("hello.json", """{"id":"h1","definitionId":"h","name":"H","root":{"id":"w","type":"Elsa.WriteLine","version":1,"text":{"typeName":"String","expression":{"type":"JavaScript","value":"'Hello ' + getInput('Name')"}}},"inputs":[{"name":"Name","type":"String"}]}""");

        var (code, output, _) = await RunAsync("run", file, "--input", """{"Name":"Ada"}""");

        code.Should().Be(ExitCode.Ok);
        output.Should().Contain("Hello Ada").And.Contain("status: Finished");
    }

    [Fact]
    public async Task Run_FaultingDefinition_PrintsTheFaultAndFails()
    {
        var file = Write("fault.json", """{"id":"h1","definitionId":"h","name":"H","root":{"id":"w","type":"Elsa.NoSuchThing","version":1}}""");

        var (code, output, _) = await RunAsync("run", file);

        code.Should().Be(ExitCode.Problems);
        output.Should().Contain("Elsa.NoSuchThing");
    }

    [Theory]
    [InlineData("{")]
    [InlineData("[]")]
    public async Task Run_NotADefinition_IsAUsageErrorWithThePlace(string text)
    {
        var (code, _, error) = await RunAsync("run", Write("broken.json", text));

        code.Should().Be(ExitCode.Usage);
        error.Should().NotBeEmpty();
    }

    [Fact]
    public async Task Validate_GoodAndBadFiles_NamesEveryProblemOfEveryFile()
    {
        Write("good.json", """{"id":"g1","definitionId":"g","name":"G","root":{"id":"w","type":"Elsa.WriteLine","version":1,"text":{"typeName":"String","expression":{"type":"Literal","value":"x"}}}}""");
        Write("unknown.json", """{"id":"u1","definitionId":"u","name":"U","root":{"id":"w","type":"Elsa.NoSuchThing","version":1}}""");
        Write("script.json", """{"id":"s1","definitionId":"s","name":"S","root":{"id":"w","type":"Elsa.WriteLine","version":1,"text":{"typeName":"String","expression":{"type":"JavaScript","value":"("}}}}""");
        Write("broken.json", "{ not json");

        var (code, output, error) = await RunAsync("validate", _directory);

        code.Should().Be(ExitCode.Problems);
        output.Should().Contain("good.json: ok");
        error.Should().Contain("unknown.json").And.Contain("Elsa.NoSuchThing").And.Contain("script.json").And.Contain("broken.json");
    }

    [Fact]
    public async Task Import_NoServer_IsUnreachableAndSaysHowToStartOne()
    {
        var (code, _, error) = await RunAsync("import", Write("x.json", "{}"), "--server", "http://127.0.0.1:1");

        code.Should().Be(ExitCode.Unreachable);
        error.Should().Contain("homelab serve");
    }

    [Fact]
    public async Task Doctor_DatabaseThatIsNotThere_IsUnreachableAndShowsNoPassword()
    {
        var (code, output, _) = await RunAsync(
            "doctor", "--data", _directory, "--set", "Storage:ConnectionString=Host=127.0.0.1;Port=1;Password=neverprinted;Username=x", "--set", "Urls=http://127.0.0.1:1");

        code.Should().Be(ExitCode.Unreachable);
        output.Should().Contain("FAIL database").And.NotContain("neverprinted");
    }

    [Fact]
    public async Task Doctor_BadSettings_ListsThemAll()
    {
        var (code, output, _) = await RunAsync("doctor", "--data", _directory, "--set", "Retention:Days=x", "--set", "Logs:KeepDays=y");

        code.Should().Be(ExitCode.Problems);
        output.Should().Contain("Retention:Days").And.Contain("Logs:KeepDays");
    }

    [Fact]
    public async Task Serve_BadSettings_DoesNotStart()
    {
        var (code, _, error) = await RunAsync("serve", "--data", _directory, "--set", "Retention:Days=x");

        code.Should().Be(ExitCode.Usage);
        error.Should().Contain("Retention:Days is \"x\"");
        Directory.EnumerateFileSystemEntries(_directory).Should().BeEmpty();
    }

    [Fact]
    public async Task ActivitiesRun_WithAnEffectAndNoServer_IsDoneNowhereElse()
    {
        var (code, _, error) = await RunAsync("activities", "run", "systemd.restart_unit", "--input", """{"unit":"x.service"}""", "--data", _directory, "--server", "http://127.0.0.1:1");

        code.Should().Be(ExitCode.Unreachable);
        error.Should().Contain("homelab serve");
    }

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        File.WriteAllText(path, text);
        return path;
    }

    private static async Task<(int Code, string Output, string Error)> RunAsync(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var code = await CommandLine.RunAsync(args, output, error, default);
        return (code, output.ToString(), error.ToString());
    }
}
