import { type AssetOptions, AssetHashType, DockerImage } from 'aws-cdk-lib';

/** An asset that a function writes to a folder, without Docker; it is another one only when what it wrote has changed. */
export function bundledBy(write: (folder: string) => void): AssetOptions {
  return {
    assetHashType: AssetHashType.OUTPUT,
    bundling: {
      // Never pulled: the local bundling below never declines.
      image: DockerImage.fromRegistry('none'),
      local: {
        tryBundle: (folder) => {
          write(folder);
          return true;
        },
      },
    },
  };
}
