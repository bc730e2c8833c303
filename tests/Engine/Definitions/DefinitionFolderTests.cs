using System.IO.Compression;
using FluentAssertions;
using Homelab.Activities;
using Homelab.Engine.Definitions;
using Homelab.Tests.Engine.Runs;
using Homelab.Tests.Storage;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Homelab.Tests.Engine.Definitions;

public sealed class DefinitionFolderTests : IClassFixture<SqliteFixture>, IDisposable
{
    private const string Line = """{"id":"line","type":"Elsa.WriteLine","text":{"typeName":"String","expression":{"type":"Literal","value":"TEXT"}}}""";

    private readonly string _directory = Directory.CreateTempSubdirectory("homelab-folder-").FullName;
    private readonly DefinitionCatalog _catalog;
    private readonly DefinitionService _definitions;
    private readonly DefinitionFolder _folder;

    public DefinitionFolderTests(SqliteFixture database)
    {
        ArgumentNullException.ThrowIfNull(database);
        var types = new DefinitionTypes(Array.Empty<ActivityDescriptor>());
        _catalog = new DefinitionCatalog(database.Database, types, [], NullLogger<DefinitionCatalog>.Instance);
        _definitions = new DefinitionService(database.Database, _catalog, new DefinitionChecks(types, Flow.Expressions, []), TimeProvider.System);
        _folder = new DefinitionFolder(new(_directory), database.Database, _definitions, _catalog, TimeProvider.System, NullLogger<DefinitionFolder>.Instance);
    }

    [Fact]
    public async Task Scan_GoodAndBadFiles_TakesTheGoodAndNamesEveryProblemOfTheBad()
    {
        Write("good.json", Workflow("folder-good", Line));
        Write("sub/also.json", Workflow("folder-also", Line));
        Write("broken.json", "{ \"definitionId\": ");
        Write("wrong.json", Workflow("folder-wrong", Line, """{"id":"odd","type":"Nobody.Knows"}""", """{"id":"event","type":"Elsa.Event"}"""));

        Write("dashboards/health.json", """{ "title": "Health", "schemaVersion": 39, "panels": [] }""");

        (await _folder.ScanAsync(default)).Should().Be(2);

        _catalog.Current.Published.Should().ContainKeys("folder-good", "folder-also").And.NotContainKey("folder-wrong");
        _folder.Problems.Select(problem => problem.File).Should().Equal("broken.json", "wrong.json");
        _folder.Problems.Last().Message.Should().Contain("'odd'").And.Contain("Nobody.Knows").And.Contain("'event', eventName");
        (await _folder.ScanAsync(default)).Should().Be(0, "nothing changed");
    }

    [Fact]
    public async Task Scan_ChangedFile_PublishesTheNextVersion_AndABadChangeKeepsTheOld()
    {
        Write("changing.json", Workflow("folder-changing", Line));
        await _folder.ScanAsync(default);
        Write("changing.json", Workflow("folder-changing", Line.Replace("TEXT", "a longer text", StringComparison.Ordinal)));
        (await _folder.ScanAsync(default)).Should().Be(1);
        _catalog.Current.Published["folder-changing"].Version.Should().Be(2);

        Write("changing.json", "no longer JSON at all, and of another length");
        (await _folder.ScanAsync(default)).Should().Be(0);
        _folder.Problems.Should().ContainSingle().Which.File.Should().Be("changing.json");
        _catalog.Current.Published["folder-changing"].Version.Should().Be(2);

        Write("changing.json", Workflow("folder-changing", Line.Replace("TEXT", "mended", StringComparison.Ordinal)));
        (await _folder.ScanAsync(default)).Should().Be(1);
        _folder.Problems.Should().BeEmpty();
    }

    [Fact]
    public async Task Scan_RemovedFile_KeepsTheWorkflowAndForgetsItsProblem()
    {
        Write("gone.json", Workflow("folder-gone", Line));
        Write("bad.json", "[");
        await _folder.ScanAsync(default);
        _folder.Problems.Should().ContainSingle();
        File.Delete(Path.Combine(_directory, "gone.json"));
        File.Delete(Path.Combine(_directory, "bad.json"));

        await _folder.ScanAsync(default);

        _folder.Problems.Should().BeEmpty();
        _catalog.Current.Published.Should().ContainKey("folder-gone", "a workflow is deleted by a person, not by a file that is missing");
    }

    [Fact]
    public async Task Scan_FileTakenBefore_DoesNotUndoWhatWasEditedSince()
    {
        Write("edited.json", Workflow("folder-edited", Line));
        await _folder.ScanAsync(default);
        var stored = _catalog.Current.Published["folder-edited"].Definition;
        await _definitions.SaveAsync(stored with { Description = "edited in Studio" }, publish: true, default);
        File.SetLastWriteTimeUtc(Path.Combine(_directory, "edited.json"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));

        (await _folder.ScanAsync(default)).Should().Be(0);

        _catalog.Current.Published["folder-edited"].Definition.Description.Should().Be("edited in Studio");
    }

    [Fact]
    public async Task Unpack_ZipWithGoodAndBadEntries_GivesTheGoodAndNamesTheBad()
    {
        using var packed = new MemoryStream();
        using (var archive = new ZipArchive(packed, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in new[] { ("one.json", Workflow("zip-one", Line)), ("bad.json", "{"), ("readme.txt", "not a workflow"), ("sub/two.json", Workflow("zip-two", Line)) })
            {
                using var writer = new StreamWriter(archive.CreateEntry(name).Open());
                writer.Write(text);
            }
        }

        packed.Position = 0;
        var (found, problems) = await DefinitionArchive.UnpackAsync("many.zip", packed, default);
        found.Select(definition => definition.DefinitionId).Should().Equal("zip-one", "zip-two");
        problems.Should().ContainSingle().Which.Should().StartWith("bad.json");

        using var noArchive = new MemoryStream([1, 2, 3]);
        (await DefinitionArchive.UnpackAsync("broken.zip", noArchive, default)).Problems.Should().ContainSingle().Which.Should().Contain("broken.zip");
    }

    public void Dispose()
    {
        _folder.Dispose();
        _catalog.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private static string Workflow(string id, params string[] activities) =>
        $$$"""{"definitionId":"{{{id}}}","name":"{{{id}}}","root":{"id":"Flowchart1","type":"Elsa.Flowchart","connections":[],"activities":[{{{string.Join(',', activities)}}}]}}""";

    private void Write(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllText(path, text);
    }
}
