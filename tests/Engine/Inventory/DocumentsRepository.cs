using Homelab.Tests.Activities;

namespace Homelab.Tests.Engine.Inventory;

/// <summary>A real git repository that documents are committed to.</summary>
internal sealed class DocumentsRepository
{
    public const string Git = "/usr/bin/git";

    private DocumentsRepository(string folder) => Folder = folder;

    /// <summary>What lies beside the work tree is not documented.</summary>
    public string Folder { get; }

    public string Directory => Path.Combine(Folder, "docs");

    public static async Task<DocumentsRepository> NewAsync()
    {
        var repository = new DocumentsRepository(System.IO.Directory.CreateTempSubdirectory("homelab-docs-").FullName);
        await RealServer.RunAsync(Git, "init", "--quiet", repository.Directory);
        await repository.GitAsync("config", "user.name", "Tester");
        await repository.GitAsync("config", "user.email", "tester@lab.test");
        return repository;
    }

    public Task<string> GitAsync(params string[] arguments) => RealServer.RunAsync(Git, ["-C", Directory, .. arguments]);

    public async Task<int> CommitsAsync() => (await GitAsync("log", "--format=%H")).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;

    public Task<string> ReadAsync(string document) => File.ReadAllTextAsync(Path.Combine(Directory, document));
}
